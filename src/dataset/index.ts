export type * from "./types.ts";
export * from "./sequences.ts";
