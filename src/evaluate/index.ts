export type * from "./types.ts";
export { GROUPS } from "./types.ts";
export { cutoffMetrics, listMetrics, rankingMetrics } from "./metrics/index.ts";
export { defaultProtocol, protocolNamed, protocols } from "./protocols.ts";
export { groupUsers, membersOf } from "./groups.ts";
export { evaluate } from "./evaluate.ts";
export type { EvaluateOptions } from "./evaluate.ts";
