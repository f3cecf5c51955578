export * from "./rank";
export * from "./adam";
