import { add, concat, gatherElements, mul, slice, softplus, sub, sum, type Tensor } from "../graph/index.ts";

/**
 * The Plackett-Luce likelihood of ordered lists with an unordered tail, ListMLE relaxed:
 *   sum_b c_b sum_k keep_bk ( log( sum_{j >= k} exp(s_bj) + E_b ) - s_bk )
 * @param s [B, K] scores in the order of the list; places that take no part come last
 * @param logE [B, 1] log of the summed exponentials of the tail @param c [B, 1] weights of the rows
 * @param keep [B, K] 1, or 0 where a list is shorter
 */
export function listMle(s: Tensor, logE: Tensor, c: Tensor, keep: Tensor): Tensor {
  const masked = add(s, mul(sub(keep, 1), 1e9));
  const below = logAddExp(suffixLogSumExp(masked), logE); // [B, K]
  return sum(mul(mul(c, keep), sub(below, s)));
}

/**
 * The same for a list in groups, inside of which there is no order: an item competes with those of later groups only,
 *   sum_b c_b sum_k keep_bk ( log( exp(s_bk) + sum_{j >= end_bk} exp(s_bj) + E_b ) - s_bk )
 * Groups of one make it {@link listMle}.
 * @param end [B, K] int32 where the group of each place ends: the first place of the next, or K where no item is in that
 */
export function groupMle(s: Tensor, logE: Tensor, c: Tensor, keep: Tensor, end: Tensor): Tensor {
  const masked = add(s, mul(sub(keep, 1), 1e9));
  const later = concat([logAddExp(suffixLogSumExp(masked), logE), logE], 1); // [B, K+1]
  return sum(mul(mul(c, keep), softplus(sub(gatherElements(later, end), s))));
}

/** log(e^a + e^b) = a + log(1 + e^(b - a)), at any distance between the two. */
const logAddExp = (a: Tensor, b: Tensor): Tensor => add(a, softplus(sub(b, a)));

/**
 * [B, K] log sum_{j >= k} exp(x_j). After the round of step d a place covers 2d places; one maximum for the row would lose
 * the small sums at the end.
 */
function suffixLogSumExp(x: Tensor): Tensor {
  const k = Number(x.shape[1]);
  let covered = x;
  for (let d = 1; d < k; d *= 2) {
    const joined = logAddExp(slice(covered, 1, 0, k - d), slice(covered, 1, d, k));
    covered = concat([joined, slice(covered, 1, k - d, k)], 1);
  }
  return covered;
}
