/**
 * Tensors as expressions. A graph is built by calling ops on tensors; nothing is computed here. The same
 * expression is differentiated (gradient.ts), printed (print.ts), interpreted in float64 (reference.ts) and
 * emitted as ONNX bytes (emit.ts).
 */
import { internal } from "../errors.ts";

/** A size: a number, a symbol bound when the graph runs ("B"), a sum ("T+1"), or a product of these ("B*T", "2*B"). */
export type Dim = number | string;
export type Shape = readonly Dim[];
export type DType = "float32" | "int32" | "int64" | "bool";
export type Attributes = Readonly<Record<string, number | string | boolean | readonly Dim[]>>;

/** A dense array in float64, row-major; integers and booleans are stored as numbers. The tests' arithmetic. */
export interface Value {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** A gradient of some rows of a table only: row indices[i] receives values[i]. Repeated indices add up. */
export interface RowGradient {
  readonly indices: Tensor; // [...]    int32
  readonly values: Tensor; //  [..., D]
}

export type Data = Float32Array | Int32Array | BigInt64Array | Uint8Array;

/** An array fed to a named leaf when the graph runs, with its actual shape. */
export interface Feed {
  readonly data: Data;
  readonly shape: readonly number[];
}

/** What an op's inputs look like in its tests: a shape, with a range of numbers or of whole numbers where it matters. */
export interface SampleInput {
  readonly shape: readonly number[];
  readonly range?: readonly [number, number];
  readonly integers?: number; // whole numbers in [0, integers)
  readonly dtype?: DType; // int32 for whole numbers unless said
}

export interface Sample<A extends Attributes> {
  readonly inputs: readonly SampleInput[];
  readonly attributes: A;
}

/** An ONNX attribute: whole numbers and lists of them, text, floats (marked, 1 may be either), and graphs. */
export type OnnxAttribute = number | string | readonly number[] | { float: number } | { graph: Body };

/** The body of a control-flow node, built by {@link Emitter.body}. */
export interface Body {
  readonly nodes: readonly unknown[];
  readonly initializers: readonly unknown[];
  readonly inputs: readonly { name: string; dtype: DType; shape: Shape }[];
  readonly outputs: readonly string[];
}

/** Writes ONNX nodes; see emit.ts. */
export interface Emitter {
  /** Adds one node; "domain:Type" for a domain that is not ONNX's own. @returns its output names. */
  node(
    type: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
    outputs?: number,
  ): string[];
  /** A float32 constant. */
  float(values: readonly number[], shape: readonly number[]): string;
  /** A one-dimensional int64 constant. */
  int64(values: readonly number[]): string;
  /** An int64 constant without axes. */
  scalarInt64(value: number): string;
  /** The name of an int64 vector that holds this shape when the graph runs. */
  shape(shape: Shape): string;
  /** A nested graph; `build` may use outer names and returns the names of its outputs. */
  body(
    inputs: readonly { dtype: DType; shape: Shape }[],
    build: (emit: Emitter, names: readonly string[]) => readonly string[],
  ): Body;
}

/** One record per operation: everything potstill knows of it. */
export interface Op<A extends Attributes = Attributes> {
  readonly name: string;
  /** Shapes of the outputs, from the inputs. Throws `internal: <op>: ..., got ...`. */
  shapes(inputs: readonly Tensor[], attributes: A): readonly Shape[];
  /** Type of the outputs; the first input's unless said. */
  dtype?(inputs: readonly Tensor[], attributes: A): DType;
  /**
   * Gradients of the inputs, null where there is none. The walker accumulates and un-broadcasts; no rule does.
   * @param outputs the op's outputs  @param dys their gradients, null where nothing depends on one
   */
  gradient(
    inputs: readonly Tensor[],
    outputs: readonly Tensor[],
    dys: readonly (Tensor | null)[],
    attributes: A,
  ): readonly (Tensor | RowGradient | null)[];
  /** @returns the names of the outputs. */
  onnx(emit: Emitter, inputs: readonly string[], attributes: A, node: Node): readonly string[];
  /** The same in float64, obvious rather than fast. */
  reference(inputs: readonly Value[], attributes: A): readonly Value[];
  /** Gradient-checked, compared with ONNX Runtime, and shape-checked, automatically. */
  readonly samples: readonly Sample<A>[];
}

/** One application of an op. */
export interface Node {
  readonly op: Op;
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
  readonly outputs: readonly Tensor[];
}

export interface Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  /** How it is computed; null for leaves. */
  readonly node: Node | null;
  /** Leaves: an input or parameter by name, or constant data. */
  readonly leaf: { name: string } | { constant: readonly number[] } | null;
}

/** A value fed at every run, or a parameter: both are leaves with a name. */
export function input(name: string, shape: Shape, dtype: DType = "float32"): Tensor {
  return { shape, dtype, node: null, leaf: { name } };
}

/** A float32 constant. */
export function constant(data: readonly number[], shape: readonly number[] = []): Tensor {
  return { shape, dtype: "float32", node: null, leaf: { constant: data } };
}

/** @returns the outputs of `op` on `inputs`. */
export function apply<A extends Attributes>(
  op: Op<A>,
  inputs: readonly Tensor[],
  attributes: A,
): readonly Tensor[] {
  const outputs: Tensor[] = [];
  const node: Node = { op: op, inputs, attributes, outputs };
  const dtype = op.dtype?.(inputs, attributes) ?? inputs[0]?.dtype ?? "float32";
  for (const shape of op.shapes(inputs, attributes)) outputs.push({ shape, dtype, node, leaf: null });
  return outputs;
}

/** @returns the only output of `op` on `inputs`. */
export function apply1<A extends Attributes>(op: Op<A>, inputs: readonly Tensor[], attributes: A): Tensor {
  const [output] = apply(op, inputs, attributes);
  if (output === undefined) throw internal(`${op.name}: no output`);
  return output;
}

/** @returns every node that `roots` depend on, each after the nodes it depends on. */
export function topological(roots: readonly Tensor[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: { node: Node; next: number }[] = [];
  const push = (tensor: Tensor) => {
    if (tensor.node !== null && !seen.has(tensor.node)) {
      seen.add(tensor.node);
      stack.push({ node: tensor.node, next: 0 });
    }
  };
  for (const root of roots) {
    push(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const child = top.node.inputs[top.next++];
      if (child !== undefined) push(child);
      else order.push(stack.pop()!.node);
    }
  }
  return order;
}

/** @returns the leaves that `roots` depend on, in order of first use. */
export function leaves(roots: readonly Tensor[]): Tensor[] {
  const found = new Set<Tensor>();
  for (const node of topological(roots)) for (const t of node.inputs) if (t.node === null) found.add(t);
  for (const root of roots) if (root.node === null) found.add(root);
  return [...found];
}
