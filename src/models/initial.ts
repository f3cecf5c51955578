/** First values of weights. */
import type { StoredTensor } from "../graph/index.ts";
import type { Random } from "../random.ts";

const size = (shape: readonly number[]) => shape.reduce((n, d) => n * d, 1);

/** N(0, sd^2) */
export function normal(shape: readonly number[], sd: number, random: Random): StoredTensor {
  return { shape, data: Float32Array.from({ length: size(shape) }, () => sd * random.normal()) };
}

/** Uniform in (-bound, bound). */
export function uniform(shape: readonly number[], bound: number, random: Random): StoredTensor {
  return {
    shape,
    data: Float32Array.from({ length: size(shape) }, () => bound * (2 * random.uniform() - 1)),
  };
}

export const zeros = (shape: readonly number[]): StoredTensor => ({
  shape,
  data: new Float32Array(size(shape)),
});

export const ones = (shape: readonly number[]): StoredTensor => ({
  shape,
  data: new Float32Array(size(shape)).fill(1),
});
