/** What the training loop is given: a loss, and batches that can be made again by number. */
import type { Tensor } from "../graph/index.ts";
import type { Leaves, Parameters } from "../models/index.ts";
import type { Feed } from "../graph/index.ts";
import type { DropoutSite } from "./dropout.ts";
import type { Propagated } from "./propagated.ts";

export interface Batch {
  readonly feeds: Readonly<Record<string, Feed>>;
  /** Targets in the batch: the weight of its loss in the epoch's mean. */
  readonly weight: number;
}

/** The batches of one epoch, each made when asked for, the same one every time: resuming starts in the middle. */
export interface EpochPlan {
  readonly steps: number;
  batch(step: number): Batch;
}

export interface Task {
  readonly weights: Parameters;
  readonly leaves: Leaves;
  /** Makes what the leaves read of the weights; absent where they read the weights. */
  readonly propagated?: Propagated | undefined;
  /** Scalar, the mean over the batch's targets. */
  readonly loss: Tensor;
  readonly dropout: readonly DropoutSite[];
  epoch(epoch: number): EpochPlan;
}
