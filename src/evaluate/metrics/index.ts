import { coverage } from "./coverage.ts";
import { gini } from "./gini.ts";
import { hr } from "./hr.ts";
import { map } from "./map.ts";
import { mrr } from "./mrr.ts";
import { ndcg } from "./ndcg.ts";
import { popularity } from "./popularity.ts";
import { precision } from "./precision.ts";
import { recall } from "./recall.ts";
import type { ListMetric, UserMetric } from "./types.ts";

export type { ListMetric, UserMetric } from "./types.ts";

/** Per user, at every cutoff of the protocol: label "name@k". */
export const cutoffMetrics = { ndcg, recall, hr, precision, map } satisfies Record<string, UserMetric>;

/** Per user, over the whole ranking: label "name". */
export const rankingMetrics = { mrr } satisfies Record<string, UserMetric>;

/** Over all users' lists, at every cutoff: label "name@k". */
export const listMetrics = { coverage, gini, popularity } satisfies Record<string, ListMetric>;
