export { trainRun, type TrainRunInput } from "./train-run.ts";
export { distillRun, type DistillRunInput } from "./distill-run.ts";
export { factorRun, type FactorRunInput } from "./factor-run.ts";
export type { Produced, RunInput } from "./produce.ts";
export { diagnose, type ReliabilityRecord } from "./reliability.ts";
