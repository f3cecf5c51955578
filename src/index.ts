/** The public list: a name absent here is private. The floor's rooms are namespaces, the others are flat. */
export * as graph from "./graph/index.ts";
export * as runtime from "./runtime/index.ts";
export * as optim from "./optim/index.ts";
export * as kernels from "./kernels/index.ts";
export * as losses from "./losses/index.ts";

export { complain, internal, UserError, type Complaint, type ErrorCode } from "./errors.ts";
export { drive, type Run, type RunEvent } from "./events.ts";
export { Random } from "./random.ts";

export * from "./dataset/index.ts";
export * from "./signals/index.ts";
export * from "./teachers/index.ts";
export * from "./models/index.ts";
export * from "./methods/index.ts";
export * from "./train/index.ts";
export * from "./evaluate/index.ts";
export * from "./export/index.ts";
export * from "./serve/index.ts";
export * from "./report/index.ts";
export * from "./runs/index.ts";
