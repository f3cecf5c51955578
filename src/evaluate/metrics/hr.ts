import { hits } from "./hits.ts";
import type { UserMetric } from "./types.ts";

/** hr@k = 1 if any target is in the top k, else 0. Equals recall@k for one target. */
export const hr: UserMetric = (ranks, k) => (hits(ranks, k) > 0 ? 1 : 0);
