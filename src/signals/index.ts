export type * from "./types.ts";
export { openListSignal, writeListSignal, type ListProvenance } from "./lists.ts";
