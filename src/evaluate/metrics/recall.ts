import { hits } from "./hits.ts";
import type { UserMetric } from "./types.ts";

/** recall@k = |targets in the top k| / |targets|; 0 without targets. */
export const recall: UserMetric = (ranks, k) => (ranks.length === 0 ? 0 : hits(ranks, k) / ranks.length);
