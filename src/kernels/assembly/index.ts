export * from "./rank";
export * from "./adam";
export * from "./scores";
export * from "./sparse";
