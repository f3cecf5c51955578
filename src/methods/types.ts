/** What a distillation method is: a record. It reads signals and asks the student for vectors; it knows no model. */
import type * as z from "zod";
import type { Sequences } from "../dataset/index.ts";
import type { CurriculumEvent } from "../events.ts";
import type { Feed, StoredTensor, Tensor } from "../graph/index.ts";
import type { Items } from "../losses/index.ts";
import type { Random } from "../random.ts";
import type { Factors, ListSignal, TrajectorySignal } from "../signals/index.ts";

/** The student's side of a batch of Q queries. */
export interface Student {
  /** [Q, D] the student's vector of each query's history. */
  readonly h: Tensor;
  /** h . items^T are the student's scores, divided by its temperature: the logits of losses. */
  readonly items: Items;
  /** For contrast: V queries and another view of the history of each, both [V, D]. */
  readonly anchor: Tensor;
  readonly view: Tensor;
}

/** What a method makes of a signal before the first epoch. */
export interface MethodPlan {
  /** Rows of the signal to learn from. */
  readonly queries: Int32Array;
  /** For some queries the row of a view that they are contrasted with. */
  readonly contrast: ReadonlyMap<number, number>;
  /** Rows of the signal whose histories the student learns by its own loss, beside those of the users: no list is read. */
  readonly augmented?: Int32Array;
  /**
   * Makes of every user's newest items two histories to contrast, where -1 hides an item: their vectors are anchor and view.
   * A plan with these has no queries.
   */
  twoViews?(history: Int32Array, random: Random): readonly [Int32Array, Int32Array];
  /**
   * The method's own inputs for a batch.
   * @param queries rows of the signal, -1 for filler @param contrasted likewise, or users of `twoViews` @param epoch from 0
   */
  feeds(queries: Int32Array, contrasted: Int32Array, random: Random, epoch: number): Record<string, Feed>;
}

export interface ListMethod<O = Readonly<Record<string, unknown>>> {
  readonly name: string;
  /** One sentence for help and tables. */
  readonly summary: string;
  readonly signal: "lists";
  readonly student: "sequence";
  readonly options: z.ZodObject;
  /** Weight of the next-item cross-entropy on the owner's own histories; 0 is pure extraction. */
  labelWeight(options: O): number;
  /** @returns what the user should know before training with this signal, in a sentence; null for nothing. */
  notice?(signal: ListSignal, options: O): string | null;
  plan(signal: ListSignal, train: Sequences, items: number, options: O, random: Random): MethodPlan;
  /** @returns the distillation loss, a scalar; null for a method without a teacher. */
  loss(student: Student, k: number, options: O): Tensor | null;
}

/** Which items may be in a list: all of the catalogue unless said. */
export interface Among {
  /** Not the user's training items. */
  readonly unseen?: boolean;
  /** These only. */
  readonly items?: Int32Array;
}

/**
 * One side of a distillation from factors: scores that are computed when asked for, never all of them at once. A table
 * [U, K] is an Int32Array or Float32Array in row-major order, one row per user.
 */
export interface Scores {
  /**
   * @returns [U, k] the best items of every user, best first; k is cut to the size of the catalogue. -1 fills up where
   *   a user has fewer candidates.
   */
  top(k: number, candidates?: Among): Promise<Int32Array>;
  /** @returns [U, k] the scores of chosen items [U, k]. */
  of(chosen: Int32Array, k: number): Promise<Float32Array>;
  /** Hands every user's scores [I] to `visit`, which may write into them; they are overwritten afterwards. */
  each(visit: (user: number, scores: Float32Array) => void): Promise<void>;
  /** @returns [U, k] the ranks of chosen items [U, k] among all items, 0 for the best. */
  ranks(chosen: Int32Array, k: number): Promise<Int32Array>;
}

/** What a method is given before the first epoch. */
export interface Sides<Teacher> {
  readonly teacher: Teacher;
  readonly student: Scores;
  readonly train: Sequences;
  readonly users: number; // U
  readonly items: number; // I
}

export type FactorSides = Sides<Factors & { readonly scores: Scores }>;

/** Sides whose teacher need not have vectors. */
export type ScoredSides = Sides<{ readonly scores: Pick<Scores, "top" | "of"> }>;

export interface TrajectorySides extends Sides<TrajectorySignal> {
  /** The items that models are chosen by. */
  readonly valid: Sequences;
  /** [U] 1 for a user with a short history, 0 for one with a long one. */
  readonly tail: Uint8Array;
}

/** A batch of users, each once, and the items of their pairs. */
export interface FactorBatch {
  readonly users: Int32Array; // [B]
  /** [B] the weight of each user's loss: the task decides whether they make a sum over rows or a mean. */
  readonly c: Float32Array;
  /** Distinct items the batch's users have, and distinct items drawn against them. */
  readonly positives: Int32Array;
  readonly negatives: Int32Array;
}

export interface FactorPlan {
  /** What is drawn or ranked anew before an epoch, from the student as it is then. @param epoch from 0 */
  prepare?(random: Random, epoch: number): Promise<CurriculumEvent | undefined>;
  /**
   * What `prepare` remembers from epoch to epoch, by name: a run that goes on finds in these arrays what they held when it
   * was interrupted, which may be after the `prepare` of the epoch that it goes on with.
   */
  readonly memory?: Readonly<Record<string, StoredTensor>>;
  /** Whether validations without improvement count; they always do where this is absent. */
  settled?(): boolean;
  /**
   * The method's own inputs for a batch.
   * @param spare those of an earlier batch, whose arrays may be written over: new ones cost time to fill and to collect
   */
  feeds(batch: FactorBatch, random: Random, spare?: Readonly<Record<string, Feed>>): Record<string, Feed>;
}

/** The student's side of a batch of B users. Rows that are not asked for are not computed. */
export interface FactorStudent {
  /** [B, D] */
  readonly user: Tensor;
  /** @returns [N, D] vectors of chosen items [N] int32, an input. */
  vectors(chosen: Tensor): Tensor;
  /** @returns [B, S] scores of chosen items [B, S] int32, an input. */
  scores(chosen: Tensor): Tensor;
  /** @returns [B, I] scores of the whole catalogue. */
  allScores(): Tensor;
  /** @returns [B, 1] the log of the summed exponentials of all scores but those of `closed` [B, C] int32. */
  rest(closed: Tensor): Tensor;
  /** The method's own weights, if it has any. */
  readonly own: Readonly<Record<string, Tensor>>;
}

/** Sizes that a method may need to name its inputs or make weights. */
export interface StudentSizes {
  readonly users: number; // U
  readonly items: number; // I
  /** Width of the student's vectors. */
  readonly student: number;
}

export interface FactorSizes extends StudentSizes {
  /** Width of the teacher's vectors. */
  readonly teacher: number;
}

/** A method that asks the student for scores of any items. */
interface ScoresMethod<S, Z, O> {
  readonly name: string;
  /** One sentence for help and tables. */
  readonly summary: string;
  readonly student: "scores";
  /** Its loss is not a sum over users: it compares what is in a batch, or counts an item of several users once. */
  readonly inOnePiece?: true;
  /** Whether its graph for a student with tables is so small that several threads lose more than they share. */
  onOneThread?(options: O): boolean;
  /** Every one has a `weight`: lambda, which multiplies the method's loss beside the base loss. */
  readonly options: z.ZodObject;
  plan(sides: S, options: O): Promise<FactorPlan>;
  /** @returns the distillation loss, a scalar, weighted by {@link FactorBatch.c}. */
  loss(student: FactorStudent, sizes: Z, options: O): Tensor;
}

export interface FactorMethod<O = Readonly<Record<string, unknown>>> extends ScoresMethod<
  FactorSides,
  FactorSizes,
  O
> {
  readonly signal: "factors";
  /** Weights that are trained with the student and thrown away with the method: projections, experts. */
  parameters?(sizes: FactorSizes, options: O, random: Random): Readonly<Record<string, StoredTensor>>;
}

/** Without own weights, and content with a teacher that scores without vectors. */
export interface ScoredMethod<O> extends ScoresMethod<ScoredSides, StudentSizes, O> {
  readonly signal: "factors";
}

export interface TrajectoryMethod<O = Readonly<Record<string, unknown>>> extends ScoresMethod<
  TrajectorySides,
  StudentSizes,
  O
> {
  readonly signal: "trajectory";
  /** Weight of the student's own loss beside the method's; 0: the method's alone. */
  baseWeight(options: O): number;
}
