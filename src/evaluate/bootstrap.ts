import { internal } from "../errors.ts";
import type { Random } from "../random.ts";
import { interpolated } from "./groups.ts";

export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  readonly random: Random;
  readonly resamples?: number;
  /** Share of the resampled means inside the interval. */
  readonly level?: number;
}

/**
 * Percentile intervals of means: users are drawn with replacement, the same users for every column, and the interval
 * spans the middle share of the resampled means.
 * @param columns [N] values of the same users, per column.
 * @returns one interval per column; all 0 without users.
 */
export function bootstrapMeans(
  columns: readonly ArrayLike<number>[],
  { random, resamples = 2000, level = 0.95 }: BootstrapOptions,
): Interval[] {
  const users = columns[0]?.length ?? 0;
  if (columns.some((column) => column.length !== users)) throw internal("columns of different users");
  const means = columns.map(() => new Float64Array(resamples));
  const drawn = new Int32Array(users);
  for (let r = 0; r < resamples; r++) {
    for (let n = 0; n < users; n++) drawn[n] = random.integer(users);
    columns.forEach((column, c) => (means[c]![r] = meanAt(column, drawn)));
  }
  const edge = (1 - level) / 2;
  return columns.map((column, c) => {
    const sorted = means[c]!.sort();
    return { mean: mean(column), low: interpolated(sorted, edge), high: interpolated(sorted, 1 - edge) };
  });
}

/** @returns the percentile interval of one mean. See {@link bootstrapMeans}. */
export function bootstrapMean(values: ArrayLike<number>, options: BootstrapOptions): Interval {
  return bootstrapMeans([values], options)[0]!;
}

/** @returns the mean; 0 of nothing. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let n = 0; n < values.length; n++) sum += values[n]!;
  return values.length === 0 ? 0 : sum / values.length;
}

function meanAt(values: ArrayLike<number>, drawn: Int32Array): number {
  let sum = 0;
  for (let n = 0; n < drawn.length; n++) sum += values[drawn[n]!]!;
  return drawn.length === 0 ? 0 : sum / drawn.length;
}
