export type * from "./types.ts";
export { openListSignal, writeListSignal, type ListProvenance } from "./lists.ts";
export { historyOf, inventedHistories, withLearners } from "./histories.ts";
export { readManifest as readListManifest } from "./manifest.ts";
export {
  importTrajectory,
  type ImportedTrajectory,
  type TrajectoryCounts,
  type Unknown,
} from "./import-trajectory.ts";
export { joinTrajectories, usersWithout } from "./join-trajectories.ts";
export { signalKind } from "./kind.ts";
export { openTrajectorySignal, trajectoryFiles, writeTrajectorySignal } from "./trajectory.ts";
export { readVectors } from "./import-factors.ts";
export {
  checkFactors,
  openFactorSignal,
  writeFactorSignal,
  type FactorManifest,
  type Factors,
  type FactorSignal,
  type Vectors,
} from "./factors.ts";
