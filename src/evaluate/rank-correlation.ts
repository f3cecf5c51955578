import type { BootstrapOptions } from "./bootstrap.ts";
import { interpolated } from "./groups.ts";

/** A statistic of a sample, with the interval that resampling gives it. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Spearman's rank correlation of x and y where z is held fixed:
 * (r_xy - r_xz r_yz) / sqrt((1 - r_xz^2) (1 - r_yz^2)), of midranks; r_xy where z does not vary.
 * The interval is the percentile bootstrap over users, ranked anew in every resample.
 * @param x [N] and y, z alike: values of the same users.
 * @returns null where it is undefined: x or y does not vary, or z tells it altogether.
 */
export function partialSpearman(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  z: ArrayLike<number>,
  { random, resamples = 1000, level = 0.95 }: BootstrapOptions,
): Estimate | null {
  const columns = [x, y, z].map((values) => new Ranked(values));
  const counts = new Float64Array(x.length).fill(1);
  const value = partial(columns, counts);
  const drawn: number[] = [];
  for (let r = 0; r < resamples; r++) {
    counts.fill(0);
    for (let n = 0; n < x.length; n++) counts[random.integer(x.length)]!++;
    drawn.push(partial(columns, counts));
  }
  const sorted = Float64Array.from(drawn.filter(Number.isFinite)).sort();
  if (Number.isNaN(value) || sorted.length === 0) return null;
  const edge = (1 - level) / 2;
  return { value, low: interpolated(sorted, edge), high: interpolated(sorted, 1 - edge) };
}

/** @returns the rank of each value, from 1; ties share the average. */
export function midranks(values: ArrayLike<number>): Float64Array {
  return new Ranked(values).ranks(new Float64Array(values.length).fill(1));
}

/** A column sorted once and ranked as often as it is resampled. */
class Ranked {
  /** [N] which of the distinct values, ascending, each value is. */
  readonly #levels: Int32Array;
  readonly #rankOf: Float64Array;
  readonly #ranks: Float64Array;

  constructor(values: ArrayLike<number>) {
    const distinct = Float64Array.from(new Set(Array.from(values))).sort();
    const level = new Map(Array.from(distinct, (value, l) => [value, l]));
    this.#levels = Int32Array.from(values, (value) => level.get(value)!);
    this.#rankOf = new Float64Array(distinct.length);
    this.#ranks = new Float64Array(values.length);
  }

  /** @returns midranks in the sample that holds value n counts[n] times; overwritten by the next call. */
  ranks(counts: Float64Array): Float64Array {
    const [levels, rankOf, ranks] = [this.#levels, this.#rankOf, this.#ranks];
    rankOf.fill(0);
    for (let n = 0; n < levels.length; n++) rankOf[levels[n]!]! += counts[n]!;
    for (let l = 0, below = 0; l < rankOf.length; l++) {
      const tied = rankOf[l]!;
      rankOf[l] = below + (tied + 1) / 2;
      below += tied;
    }
    for (let n = 0; n < levels.length; n++) ranks[n] = rankOf[levels[n]!]!;
    return ranks;
  }
}

function partial(columns: readonly Ranked[], counts: Float64Array): number {
  const [x, y, z] = columns.map((column) => column.ranks(counts)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const xz = correlation(x, z, counts) || 0; // NaN: z does not vary, and holds nothing fixed
  const yz = correlation(y, z, counts) || 0;
  const left = (1 - xz ** 2) * (1 - yz ** 2);
  return left < 1e-12 ? NaN : (correlation(x, y, counts) - xz * yz) / Math.sqrt(left);
}

/** Pearson's correlation of midranks, whose mean is known; NaN where one does not vary. */
function correlation(a: Float64Array, b: Float64Array, counts: Float64Array): number {
  let [total, aa, bb, ab] = [0, 0, 0, 0];
  for (const count of counts) total += count;
  const center = (total + 1) / 2;
  for (let n = 0; n < counts.length; n++) {
    const [da, db, count] = [a[n]! - center, b[n]! - center, counts[n]!];
    aa += count * da * da;
    bb += count * db * db;
    ab += count * da * db;
  }
  return ab / Math.sqrt(aa * bb);
}
