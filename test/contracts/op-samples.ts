/** Turns the samples of an op record into leaves and float64 values, from one seed. */
import { input, sizeOf, type Op, type Sample, type Tensor, type Value } from "../../src/graph/index.ts";
import { apply } from "../../src/graph/tensor.ts";
import { Random } from "../../src/random.ts";

export interface SampleCase {
  readonly leaves: readonly Tensor[];
  readonly feeds: Record<string, Value>;
  readonly outputs: readonly Tensor[];
  /** Inputs that a gradient may flow into. */
  readonly floats: readonly Tensor[];
}

export function sampleCase(
  op: Op,
  sample: Sample<Op extends Op<infer A> ? A : never>,
  seed: number,
): SampleCase {
  const random = new Random(seed);
  const feeds: Record<string, Value> = {};
  const leaves = sample.inputs.map((spec, i) => {
    const name = `in${i}`;
    const [lo, hi] = spec.range ?? [-1, 1];
    const number = () => (spec.integers ? random.integer(spec.integers) : (hi - lo) * random.uniform());
    const draw = () => (spec.range || !spec.integers ? lo : 0) + number();
    feeds[name] = { shape: spec.shape, data: Float64Array.from({ length: sizeOf(spec.shape) }, draw) };
    return input(name, spec.shape, spec.dtype ?? (spec.integers ? "int32" : "float32"));
  });
  const outputs = apply(op, leaves, sample.attributes);
  return { leaves, feeds, outputs, floats: leaves.filter((l) => l.dtype === "float32") };
}
