import { hits } from "./hits.ts";
import type { UserMetric } from "./types.ts";

/** precision@k = |targets in the top k| / k; divided by k even where fewer than k candidates exist. */
export const precision: UserMetric = (ranks, k) => hits(ranks, k) / k;
