/** The float64 interpreter: slow, obvious, and the oracle of every test. Also the only executor besides ONNX Runtime. */
import { internal } from "../errors.ts";
import { bindShape, learnSymbols } from "./shape.ts";
import { leaves, topological, type Attributes, type Shape, type Tensor, type Value } from "./tensor.ts";

/** @returns the values of `outputs`, given every named leaf. */
export function interpret(outputs: readonly Tensor[], feeds: Readonly<Record<string, Value>>): Value[] {
  const values = new Map<Tensor, Value>();
  const symbols = new Map<string, number>();
  for (const leaf of leaves(outputs)) {
    const value = leafValue(leaf, feeds);
    if (leaf.leaf !== null && "name" in leaf.leaf)
      learnSymbols(leaf.leaf.name, leaf.shape, value.shape, symbols);
    values.set(leaf, value);
  }
  for (const node of topological(outputs)) {
    const results = node.op.reference(
      node.inputs.map((t) => values.get(t)!),
      bindAttributes(node.attributes, symbols),
    );
    node.outputs.forEach((t, i) => values.set(t, results[i]!));
  }
  return outputs.map((t) => values.get(t)!);
}

function leafValue({ leaf, shape }: Tensor, feeds: Readonly<Record<string, Value>>): Value {
  if (leaf === null) throw internal("interpret: a tensor without a node must be a leaf");
  if ("constant" in leaf) return { shape: shape.map(Number), data: Float64Array.from(leaf.constant) };
  const value = feeds[leaf.name];
  if (value === undefined) throw internal(`interpret: no value for "${leaf.name}"`);
  return value;
}

/** Shapes among the attributes get numbers for their symbols. */
function bindAttributes(attributes: Attributes, symbols: ReadonlyMap<string, number>): Attributes {
  const shape = attributes.shape as Shape | undefined;
  return shape === undefined ? attributes : { ...attributes, shape: bindShape(shape, symbols) };
}
