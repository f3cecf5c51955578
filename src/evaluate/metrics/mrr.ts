import type { UserMetric } from "./types.ts";

/** mrr = 1 / rank of the best target, over the whole catalogue: no cutoff. 0 without targets. */
export const mrr: UserMetric = (ranks) => (ranks.length === 0 ? 0 : 1 / ranks[0]!);
