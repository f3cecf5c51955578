/** Expressions to ONNX. Symbols in shapes stay symbols, so one compiled graph serves every batch size. */
import { internal } from "../errors.ts";
import {
  encodeModel,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from "./onnx-proto.ts";
import {
  leaves,
  topological,
  type Body,
  type DType,
  type Emitter,
  type OnnxAttribute,
  type Shape,
  type Tensor,
} from "./tensor.ts";

/** ONNX's numbers for element types. */
const elementTypes: Record<DType, number> = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** A parameter whose values are stored in the file. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface EmitOptions {
  /** Named outputs of the graph. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Leaves by name to store as initializers; all other named leaves become inputs. */
  readonly stored?: ReadonlyMap<string, StoredTensor>;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** @returns the bytes of an ONNX model that computes `outputs`. */
export function emit({ outputs, stored = new Map(), metadata = {} }: EmitOptions): Uint8Array {
  const roots = Object.values(outputs);
  const graph = new GraphEmitter({ next: 0 });
  const names = new Map<Tensor, string>();
  const inputs: { name: string; dtype: DType; shape: Shape }[] = [];
  for (const leaf of leaves(roots)) names.set(leaf, emitLeaf(leaf, graph, stored, inputs));
  for (const node of topological(roots)) {
    const args = node.inputs.map((t) => names.get(t)!);
    const results = node.op.onnx(graph, args, node.attributes, node);
    node.outputs.forEach((t, i) => names.set(t, results[i]!));
  }
  const results = Object.entries(outputs).map(([name, tensor]) => {
    graph.nodes.push(makeNode("Identity", [names.get(tensor)!], {}, [name]));
    return { name, dtype: tensor.dtype, shape: tensor.shape };
  });
  return encodeModel({
    ir_version: 9,
    producer_name: "potstill",
    opset_import: [
      { domain: "", version: 18 },
      { domain: "com.microsoft", version: 1 },
    ],
    graph: graph.proto("potstill", inputs, results),
    metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  });
}

function emitLeaf(
  tensor: Tensor,
  graph: GraphEmitter,
  stored: ReadonlyMap<string, StoredTensor>,
  inputs: { name: string; dtype: DType; shape: Shape }[],
): string {
  const { leaf, shape, dtype } = tensor;
  if (leaf === null) throw internal("emit: a tensor without a node must be a leaf");
  if ("constant" in leaf) return graph.float(leaf.constant, shape.map(Number));
  const data = stored.get(leaf.name);
  if (data !== undefined) return graph.initializer(leaf.name, "float32", data.shape, data.data);
  if (!inputs.some((i) => i.name === leaf.name)) {
    inputs.push({ name: leaf.name, dtype, shape });
    graph.learn(leaf.name, shape);
  }
  return leaf.name;
}

function makeNode(
  type: string,
  input: readonly string[],
  attributes: Readonly<Record<string, OnnxAttribute>>,
  output: readonly string[],
): NodeProto {
  const [domain, op] = type.includes(":") ? (type.split(":") as [string, string]) : ["", type];
  const attribute = Object.entries(attributes).map(([name, value]) => makeAttribute(name, value));
  return { name: output[0]!, op_type: op, domain, input, output, attribute };
}

function makeAttribute(name: string, value: OnnxAttribute): AttributeProto {
  if (typeof value === "number") return { name, type: 2, i: value };
  if (typeof value === "string") return { name, type: 3, s: Buffer.from(value) };
  if ("float" in value) return { name, type: 1, f: value.float };
  if ("graph" in value) return { name, type: 5, g: bodyProto(value.graph) };
  return { name, type: 7, ints: value };
}

function bodyProto({ nodes, initializers, inputs, outputs }: Body): GraphProto {
  return {
    name: "body",
    node: nodes as NodeProto[],
    initializer: initializers as TensorProto[],
    input: inputs.map(valueInfo),
    output: outputs.map((name) => ({ name, type: { tensor_type: { elem_type: 1 } } })),
  };
}

function valueInfo({ name, dtype, shape }: { name: string; dtype: DType; shape: Shape }) {
  const dim = shape.map((d) => (typeof d === "number" ? { dim_value: d } : { dim_param: d }));
  return { name, type: { tensor_type: { elem_type: elementTypes[dtype], shape: { dim } } } };
}

class GraphEmitter implements Emitter {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  readonly #counter: { next: number };
  readonly #symbols: Map<string, string>; // symbol -> int64 vector of one element
  readonly #sources: Map<string, { input: string; axis: number }>;
  readonly #cache = new Map<string, string>();

  constructor(counter: { next: number }, sources = new Map<string, { input: string; axis: number }>()) {
    this.#counter = counter;
    this.#symbols = new Map();
    this.#sources = sources;
  }

  learn(name: string, shape: Shape): void {
    shape.forEach((d, axis) => {
      if (typeof d === "string" && !this.#sources.has(d)) this.#sources.set(d, { input: name, axis });
    });
  }

  node(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    outputs = 1,
  ): string[] {
    const stem = type.slice(type.indexOf(":") + 1);
    const names = Array.from({ length: outputs }, () => `${stem}_${this.#counter.next++}`);
    this.nodes.push(makeNode(type, inputs, attributes, names));
    return names;
  }

  initializer(name: string, dtype: DType, dims: readonly number[], data: ArrayBufferView): string {
    const raw_data = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.initializers.push({ name, dims, data_type: elementTypes[dtype], raw_data });
    return name;
  }

  float(values: readonly number[], shape: readonly number[]): string {
    const key = `f${values.join()}@${shape.join()}`;
    return this.#once(key, () =>
      this.initializer(`constant_${this.#counter.next++}`, "float32", shape, Float32Array.from(values)),
    );
  }

  int64(values: readonly number[]): string {
    return this.#once(`i${values.join()}`, () => {
      const data = BigInt64Array.from(values, BigInt);
      return this.initializer(`constant_${this.#counter.next++}`, "int64", [values.length], data);
    });
  }

  scalarInt64(value: number): string {
    return this.#once(`n${value}`, () =>
      this.initializer(`constant_${this.#counter.next++}`, "int64", [], BigInt64Array.of(BigInt(value))),
    );
  }

  shape(shape: Shape): string {
    const symbolic = shape.filter((d) => typeof d === "string");
    if (symbolic.length === 0) return this.int64(shape.map(Number));
    return this.#once(
      `s${shape.join()}`,
      () =>
        this.node(
          "Concat",
          shape.map((d) => this.#size(d)),
          { axis: 0 },
        )[0]!,
    );
  }

  body(
    inputs: readonly { dtype: DType; shape: Shape }[],
    build: (emit: Emitter, names: readonly string[]) => readonly string[],
  ): Body {
    const inner = new GraphEmitter(this.#counter, this.#sources);
    const named = inputs.map((i) => ({ ...i, name: `in_${this.#counter.next++}` }));
    const outputs = build(
      inner,
      named.map((i) => i.name),
    );
    return { nodes: inner.nodes, initializers: inner.initializers, inputs: named, outputs };
  }

  proto(
    name: string,
    inputs: readonly { name: string; dtype: DType; shape: Shape }[],
    outputs: readonly { name: string; dtype: DType; shape: Shape }[],
  ): GraphProto {
    return {
      name,
      node: this.nodes,
      initializer: this.initializers,
      input: inputs.map(valueInfo),
      output: outputs.map(valueInfo),
    };
  }

  #size(dim: number | string): string {
    if (typeof dim === "number") return this.int64([dim]);
    const known = this.#symbols.get(dim);
    if (known !== undefined) return known;
    const of = (sign: "*" | "+", type: string) =>
      dim
        .split(sign)
        .map((d) => this.#size(Number.isNaN(Number(d)) ? d : Number(d)))
        .reduce((a, b) => this.node(type, [a, b])[0]!);
    const compound = dim.includes("*") ? of("*", "Mul") : dim.includes("+") ? of("+", "Add") : null;
    const name = compound ?? this.#sizeOfSymbol(dim);
    this.#symbols.set(dim, name);
    return name;
  }

  #sizeOfSymbol(symbol: string): string {
    const source = this.#sources.get(symbol);
    if (source === undefined) throw internal(`emit: size "${symbol}" is not a size of any input`);
    return this.node("Shape", [source.input], { start: source.axis, end: source.axis + 1 })[0]!;
  }

  #once(key: string, make: () => string): string {
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const name = make();
    this.#cache.set(key, name);
    return name;
  }
}
