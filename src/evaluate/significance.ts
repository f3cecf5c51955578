import { normalTwoSided, studentTwoSided } from "./distributions.ts";
import { mean } from "./bootstrap.ts";
import { midranks } from "./rank-correlation.ts";

/** @returns b - a, in float64. */
export function differences(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  return Float64Array.from(a, (value, n) => b[n]! - value);
}

/**
 * Paired t-test of the mean difference against 0: t = mean / (s / sqrt(N)), N - 1 degrees of freedom.
 * @returns the two-sided p; 1 where every difference is 0 or there are fewer than two, 0 where all are one other value.
 */
export function pairedTTest(difference: ArrayLike<number>): { t: number; p: number } {
  const count = difference.length;
  const center = mean(difference);
  if (count < 2 || center === 0) return { t: 0, p: 1 };
  let squares = 0;
  for (let n = 0; n < count; n++) squares += (difference[n]! - center) ** 2;
  const t = center / Math.sqrt(squares / (count - 1) / count);
  return { t, p: studentTwoSided(t, count - 1) };
}

/**
 * Wilcoxon's signed-rank test by the normal approximation without continuity correction. Differences of 0 are left
 * out; equal sizes share their average rank, and the variance is corrected for them: (sum of r^2) / 4.
 * @returns the sum of the ranks of positive differences and the two-sided p; 1 where every difference is 0.
 */
export function wilcoxon(difference: ArrayLike<number>): { positive: number; p: number } {
  const nonZero = Float64Array.from(difference).filter((d) => d !== 0);
  const ranks = midranks(nonZero.map(Math.abs));
  let positive = 0;
  let total = 0;
  let squares = 0;
  ranks.forEach((rank, n) => {
    if (nonZero[n]! > 0) positive += rank;
    total += rank;
    squares += rank * rank;
  });
  const p = ranks.length === 0 ? 1 : normalTwoSided((positive - total / 2) / Math.sqrt(squares / 4));
  return { positive, p };
}

/** Holm's step-down correction. @returns the adjusted p of each, in the order given, at most 1. */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_, n) => n).sort((x, y) => ps[x]! - ps[y]!);
  const adjusted = new Array<number>(ps.length);
  let highest = 0;
  order.forEach((n, step) => {
    highest = Math.max(highest, Math.min(1, (ps.length - step) * ps[n]!));
    adjusted[n] = highest;
  });
  return adjusted;
}
