export type * from "./task.ts";
export { autoencoderOptions, autoencoderTask, klWeight } from "./autoencoder-task.ts";
export { bprOptions, bprTask } from "./bpr-task.ts";
export { distillOptions, distillTask } from "./distill-task.ts";
export { onePiece, partSizesFor, type PartSizes } from "./divide.ts";
export { factorOptions, factorTask, type FactorTaskInput } from "./factor-task.ts";
export { fitted, fittedOptions, type FittedInput } from "./fitted.ts";
export { fit, fitOptions, validationPeriod, type FitOptions, type FitResult } from "./fit.ts";
export { removeCheckpoint, requireRoomForCheckpoint } from "./checkpoint.ts";
export { learn, validationsIn, type Learned, type LearnInput, type Watched } from "./learn.ts";
export { nextItemOptions, nextItemTask, packedFeeds, packedInputs } from "./next-item-task.ts";
export {
  sequenceFactorOptions,
  sequenceFactorTask,
  type SequenceFactorTaskInput,
} from "./sequence-factor-task.ts";
export { asked } from "./labels.ts";
export { edgesOf } from "./pairs.ts";
export { rankUnseen, type Rankings } from "./rank-unseen.ts";
export { chooseEpochs, RankingLog, spreadOf, stateSteps, statesAt } from "./trajectory.ts";
export { modelScorer } from "./scorer.ts";
export { Propagated } from "./propagated.ts";
export { scoreFeeds, scoreGradients } from "./scored.ts";
export { Step } from "./step.ts";
export { ownOptions, ownTask } from "./own-task.ts";
export { partsOf } from "./task.ts";
export type { FitState } from "./state.ts";
