export * from "./rank";
export * from "./adam";
export * from "./sparse";
