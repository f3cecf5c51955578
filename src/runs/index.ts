export { trainRun, type TrainRunInput } from "./train-run.ts";
export { distillRun, type DistillRunInput } from "./distill-run.ts";
export { factorRun, type FactorRunInput } from "./factor-run.ts";
export { ensemble, ensembleScorer, type EnsembleInput, type EnsembleRow } from "./ensemble.ts";
export { trajectoryFolder } from "./trajectory.ts";
export type { Produced, RunInput } from "./produce.ts";
export { cutoff, diagnose, fewestUsers, type ReliabilityRecord } from "./reliability.ts";
