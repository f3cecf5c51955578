export * from "./optim.ts";
