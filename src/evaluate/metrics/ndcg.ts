import { hits } from "./hits.ts";
import type { UserMetric } from "./types.ts";

/**
 * ndcg@k = DCG / IDCG with binary gains:
 * DCG = sum over targets with rank r <= k of 1 / log2(r + 1), IDCG = sum for r = 1 .. min(|targets|, k) of the same.
 * 0 without targets.
 */
export const ndcg: UserMetric = (ranks, k) => {
  let dcg = 0;
  let ideal = 0;
  for (let n = hits(ranks, k) - 1; n >= 0; n--) dcg += 1 / Math.log2(ranks[n]! + 1);
  for (let r = Math.min(ranks.length, k); r >= 1; r--) ideal += 1 / Math.log2(r + 1);
  return ideal === 0 ? 0 : dcg / ideal;
};
