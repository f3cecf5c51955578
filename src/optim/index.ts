export * from "./options.ts";
export * from "./optim.ts";
export type { Pairs } from "./dots.ts";
