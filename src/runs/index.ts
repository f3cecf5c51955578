export { trainRun, type TrainRunInput } from "./train-run.ts";
export { distillRun, type DistillRunInput } from "./distill-run.ts";
export type { Produced, RunInput } from "./produce.ts";
