export * from "./options.ts";
export * from "./optim.ts";
