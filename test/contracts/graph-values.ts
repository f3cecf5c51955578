/** The same numbers for the float64 interpreter and for ONNX Runtime, and gradients by finite differences. */
import {
  gradients,
  interpret,
  leaves,
  mul,
  product,
  reshape,
  scatterRows,
  type Feed,
  type Gradient,
  type Tensor,
  type Value,
} from "../../src/graph/index.ts";
import { Random } from "../../src/random.ts";
import { Program, type Device } from "../../src/runtime/index.ts";

export type Values = Readonly<Record<string, Value>>;

export const oneThread: Device = { provider: "cpu", threads: 1 };

export const value = (data: readonly number[], shape: readonly number[] = [data.length]): Value => ({
  shape,
  data: Float64Array.from(data),
});

/** A shape filled with draws from one seed. */
export function drawn(shape: readonly number[], seed: number, draw = (r: Random) => r.normal()): Value {
  const random = new Random(seed);
  const size = shape.reduce((n, d) => n * d, 1);
  return value(
    Array.from({ length: size }, () => draw(random)),
    shape,
  );
}

export const integers = (shape: readonly number[], below: number, seed: number): Value =>
  drawn(shape, seed, (random) => random.integer(below));

export const inFloat64 = (t: Tensor, values: Values): number[] => Array.from(interpret([t], values)[0]!.data);

export async function onRuntime(t: Tensor, values: Values): Promise<number[]> {
  const program = await Program.compile({ out: t }, oneThread);
  const feeds = leaves([t]).flatMap((leaf) =>
    leaf.leaf !== null && "name" in leaf.leaf
      ? [[leaf.leaf.name, toFeed(leaf, values[leaf.leaf.name]!)] as const]
      : [],
  );
  return Array.from((await program.run(Object.fromEntries(feeds))).out.data, Number);
}

export function toFeed(leaf: Tensor, { data, shape }: Value): Feed {
  switch (leaf.dtype) {
    case "int64":
      return { data: BigInt64Array.from(data, (v) => BigInt(v)), shape };
    case "bool":
      return { data: Uint8Array.from(data), shape };
    case "int32":
      return { data: Int32Array.from(data), shape };
    case "float32":
      return { data: Float32Array.from(data), shape };
  }
}

/** The dense gradient of one leaf, row parts added in. */
export const gradientOf = (loss: Tensor, leaf: Tensor): Tensor => whole(gradients(loss, [leaf])[0]!, leaf);

export function whole({ dense, rows }: Gradient, leaf: Tensor): Tensor {
  return rows.reduce<Tensor>(
    (sum, { indices, values }) =>
      scatterRows(sum, reshape(indices, [product(indices.shape)]), rowsOf(values)),
    dense ?? mul(leaf, 0),
  );
}

const rowsOf = (values: Tensor): Tensor =>
  reshape(values, [product(values.shape.slice(0, -1)), values.shape.at(-1)!]);

/** d loss / d leaf by central differences in float64. */
export function differences(loss: Tensor, name: string, values: Values, step = 1e-6): number[] {
  const { shape, data } = values[name]!;
  return Array.from(data, (_, i) => {
    const at = (delta: number) => {
      const moved = data.map((v, j) => (j === i ? v + delta : v));
      return inFloat64(loss, { ...values, [name]: { shape, data: moved } })[0]!;
    };
    return (at(step) - at(-step)) / (2 * step);
  });
}
