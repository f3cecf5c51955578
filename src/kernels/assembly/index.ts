export * from "./rank";
export * from "./order";
export * from "./adam";
export * from "./scores";
export * from "./sparse";
export * from "./invert";
export * from "./panels";
