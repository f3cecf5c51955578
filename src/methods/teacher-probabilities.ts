/** The teacher's softmax on chosen items. */

/**
 * p_j = exp(t_j / tau) / sum of the row, over the columns of row u that `keeps` lets through; 0 elsewhere.
 * Written into `p`, whose rows are as wide as `t`'s.
 */
export function softmaxOn(
  p: Float32Array,
  t: Float32Array,
  u: number,
  width: number,
  tau: number,
  keeps?: ArrayLike<number>,
): void {
  const [from, to] = [u * width, (u + 1) * width];
  let most = -Infinity;
  for (let i = from; i < to; i++) if (keeps?.[i] !== 0 && t[i]! > most) most = t[i]!;
  let total = 0;
  for (let i = from; i < to; i++) total += p[i] = keeps?.[i] === 0 ? 0 : Math.exp((t[i]! - most) / tau);
  if (total > 0) for (let i = from; i < to; i++) p[i]! /= total;
}
