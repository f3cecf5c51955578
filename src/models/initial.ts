/** First values of weights. */
import { complain } from "../errors.ts";
import type { StoredTensor } from "../graph/index.ts";
import type { Random } from "../random.ts";

/** Numbers that one array can hold. */
const most = 2 ** 31;

/** @throws UserError "usage" for a table that no array holds. */
function size(shape: readonly number[]): number {
  const n = shape.reduce((product, d) => product * d, 1);
  if (n < most) return n;
  throw complain("usage", {
    where: `a table of ${shape.join(" x ")} weights`,
    expected: `fewer than ${most.toLocaleString("en")} numbers`,
    got: n.toLocaleString("en"),
    fix: "Choose a smaller width",
  });
}

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

/** N(0, 2 / (in + out)), Glorot's normal values. @param shape [in, out] */
export const xavier = (shape: readonly [number, number], random: Random): StoredTensor =>
  normal(shape, Math.sqrt(2 / (shape[0] + shape[1])), random);

/** @returns the table with a column of zeros after the others: a bias of each row.   [N, D] -> [N, D+1] */
export function biased({ shape, data }: StoredTensor): StoredTensor {
  const [n, d] = shape as readonly [number, number];
  const wider = new Float32Array(n * (d + 1));
  for (let r = 0; r < n; r++) wider.set(data.subarray(r * d, (r + 1) * d), r * (d + 1));
  return { shape: [n, d + 1], data: wider };
}
