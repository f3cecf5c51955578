export type * from "./task.ts";
export { bprOptions, bprTask } from "./bpr-task.ts";
export { distillOptions, distillTask } from "./distill-task.ts";
export { fit, fitOptions, type FitOptions, type FitResult } from "./fit.ts";
export { learn, type Learned, type LearnInput } from "./learn.ts";
export { nextItemOptions, nextItemTask } from "./next-item-task.ts";
export { modelScorer } from "./scorer.ts";
export { Step } from "./step.ts";
export type { FitState } from "./state.ts";
