/** What the training loop is given: a loss, and batches that can be made again by number. */
import type { Tensor } from "../graph/index.ts";
import type { CurriculumEvent } from "../events.ts";
import type { Leaves, Parameters } from "../models/index.ts";
import type { Feed } from "../graph/index.ts";
import type { DropoutSite } from "./dropout.ts";
import type { Propagated } from "./propagated.ts";
import type { Scored } from "./scored.ts";

export type Feeds = Readonly<Record<string, Feed>>;

export interface Batch {
  /** What the batch is fed, or each of its parts besides its own. */
  readonly feeds: Feeds;
  /** Parts whose losses and gradients add up to the batch's; absent where it is in one piece. */
  readonly parts?: readonly Feeds[];
  /** Targets in the batch: the weight of its loss in the epoch's mean. */
  readonly weight: number;
  /** Rows of weights that the batch reads, by weight name; a weight that is not named is read whole. */
  readonly reads?: Readonly<Record<string, Int32Array>>;
}

/** The batches of one epoch, each made when asked for, the same one every time: resuming starts in the middle. */
export interface EpochPlan {
  readonly steps: number;
  batch(step: number): Batch;
}

export interface Task {
  readonly weights: Parameters;
  /** The model's own among the weights: what is validated and exported. All unless said. */
  readonly exported?: Parameters;
  /** Writes into `exported` what is made of the weights as they are; absent where it holds weights alone. */
  refresh?(): Promise<void>;
  readonly leaves: Leaves;
  /** Makes what the leaves read of the weights; absent where they read the weights. */
  readonly propagated?: Propagated | undefined;
  /** Scalar, the mean over the batch's targets. */
  readonly loss: Tensor;
  readonly dropout: readonly DropoutSite[];
  /** Names of the weights whose rows are kept within the unit ball. */
  readonly ball?: readonly string[] | undefined;
  /** Inputs that are scores of the weights' rows, and the most of them in a batch. */
  readonly scored?: { readonly inputs: readonly Scored[]; readonly most: number };
  /**
   * Computes before an epoch what it needs of the weights as they are then. Such an epoch is not interrupted in its
   * middle: what was computed could not be computed again.
   */
  prepare?(epoch: number): Promise<CurriculumEvent | undefined>;
  /** What `prepare` remembers from epoch to epoch; kept with checkpoints. */
  readonly memory?: Parameters | undefined;
  /** Whether validations without improvement count; they always do where this is absent. */
  settled?(): boolean;
  /** Whether its batches come in parts, which several threads may run. */
  readonly divided?: boolean;
  /** Whether a batch in one piece is computed on one thread, however many there are. */
  readonly onOneThread?: boolean;
  epoch(epoch: number): EpochPlan;
}

/** @returns what each part of a batch is fed. */
export const partsOf = ({ feeds, parts = [{}] }: Batch): Feeds[] =>
  parts.map((own) => ({ ...feeds, ...own }));
