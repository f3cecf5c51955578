import { hits } from "./hits.ts";
import type { UserMetric } from "./types.ts";

/**
 * map@k = 1 / min(|targets|, k) * sum over targets with rank r <= k of (targets with rank <= r) / r.
 * The mean over users of the average precision; 0 without targets.
 */
export const map: UserMetric = (ranks, k) => {
  let sum = 0;
  for (let n = hits(ranks, k) - 1; n >= 0; n--) sum += (n + 1) / ranks[n]!;
  return ranks.length === 0 ? 0 : sum / Math.min(ranks.length, k);
};
