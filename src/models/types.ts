/** What a model is. A model is told sizes, never a dataset; the same file serves teacher and student. */
import type * as z from "zod";
import type { Shape, StoredTensor, Tensor } from "../graph/index.ts";
import type { Random } from "../random.ts";

export interface Sizes {
  readonly users: number;
  readonly items: number;
}

/** Weights by name; the arrays are trained in place. */
export type Parameters = Readonly<Record<string, StoredTensor>>;

/** The graph's leaves for the weights, by name. */
export type Leaves = Readonly<Record<string, Tensor>>;

/** Several histories per row, one after another, so that little of a batch is padding; see dataset/pack.ts. */
export interface PackedTokens {
  readonly items: Tensor; // [R, T] int32, -1 for a gap to be filled
  readonly positions: Tensor; // [R, T] int32, the oldest item of a history has 0
  readonly mask: Tensor; // [R, 1, T, T], 0 where a token may look, -1e9 elsewhere
}

/** Drops numbers at random while training; the identity otherwise. */
export type Dropout = (x: Tensor) => Tensor;

/** Options as a schema resolved them. */
export type ModelOptions = Readonly<Record<string, unknown>>;

export interface ScoringVectors {
  readonly users: Tensor; // [B, D]
  readonly items: Tensor; // [I, D]
}

/** Scores are the dot products of all but the last H numbers of the rows, and maxima . max(user, item) of these. */
export interface ScoringTables extends ScoringVectors {
  readonly maxima?: Tensor; // [H], none unless said
}

/** A model has `vectors` or `scores`; scores.ts makes scores of either. */
interface Common<O> {
  readonly name: string;
  /** The default and its source on each line. */
  readonly options: z.ZodObject;
  /** Longest history it reads. */
  maxLength(options: O): number;
  /**
   * The vectors whose dot products are the scores that are validated, exported and served. They may be wider than the
   * model's options say: a bias of items is one more number, beside a 1 of users.
   * @param history [B, T] int32, oldest first, padded on the left with -1
   * @param user [B] int32, -1 for an unknown user (models that know users)
   */
  vectors?(weights: Leaves, options: O, history: Tensor, user: Tensor): ScoringVectors;
  /** The scores themselves where they are no dot products, [B, I]. */
  scores?(weights: Leaves, options: O, history: Tensor, user: Tensor): Tensor;
  /** Beside `scores`: the rows they are made of, so that a catalogue is ranked fast; null where these options have none. */
  tables?(weights: Leaves, options: O, history: Tensor, user: Tensor): ScoringTables | null;
}

/** Has weights to train. */
interface Trained<O> extends Common<O> {
  /** Fresh weights. The item table is called "items", a row per item. */
  parameters(sizes: Sizes, options: O, random: Random): Parameters;
}

/** Training by filling gaps: which items of a history are hidden, drawn anew in every epoch. */
export interface Cloze {
  /** Share of a history's items that are hidden, one at least. */
  readonly hidden: number;
  /** Share of the histories of which the newest item, and no other, is hidden. */
  readonly newestAlone: number;
}

/** Reads a history; a user is nothing but their history. */
export interface SequenceModel<O = ModelOptions> extends Trained<O> {
  readonly kind: "sequence";
  vectors(weights: Leaves, options: O, history: Tensor, user: Tensor): ScoringVectors;
  /**
   * @returns [R*T, D] one vector per token, which has seen that token and those before it in its history; the whole
   *   history where the model fills gaps
   */
  encode(weights: Leaves, options: O, tokens: PackedTokens, dropout: Dropout): Tensor;
  /**
   * The model sees both sides of a gap and fills it: it is trained on gaps in histories, and asked for the next item by a
   * gap after the newest. Where absent, it predicts at every token the item after it.
   */
  cloze?(options: O): Cloze;
  /**
   * What scores are the dot products of encoded vectors with: made of the item table's rows, each by itself, all or some
   * of them. The rows as they are unless said.   [.., D] -> [.., D]
   */
  itemVectors?(rows: Tensor, options: O): Tensor;
  /** Losses are taken of scores divided by this; 1 unless said. Exported scores are not divided. */
  temperature?(options: O): number;
}

/** Who met what in training: pair n is user[n] and item[n]. */
export interface Edges {
  readonly user: Int32Array;
  readonly item: Int32Array;
}

/** A linear map of the tables "users" and "items", one below the other: sum_l powers[l] A^l. */
export interface Propagation {
  /** A is symmetric, [U+I, U+I]: row r holds values at columns from offsets[r] until offsets[r+1]. */
  readonly offsets: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float32Array;
  readonly powers: readonly number[];
}

/** Has a row per known user in a table called "users". */
export interface UserModel<O = ModelOptions> extends Trained<O> {
  readonly kind: "user";
  /**
   * What training on pairs lowers, the mean over pairs. Where absent, scores are the dot products of the rows of "users"
   * and "items", and training is BPR on them.
   * @param user [N] int32 @param items [N, 1+S] int32, the item the user has seen first, then those the user has not
   */
  pairLoss?(weights: Leaves, options: O, user: Tensor, items: Tensor): Tensor;
  /** S; 1 unless said. */
  negatives?(options: O): number;
  /** Names of the weights whose rows are kept within the unit ball. */
  readonly ball?: readonly string[];
  /**
   * Where the tables that score are not the weights but the weights spread over the graph of training. They take the
   * weights' place in what is scored and exported: serving needs no graph.
   */
  propagation?(sizes: Sizes, options: O, edges: Edges): Propagation;
}

/** Some rows of a matrix of zeros and ones, each by the columns of its ones. */
export interface SparseRows {
  readonly index: Tensor; // [B] int32, -1 for a user the model has not seen
  readonly columns: Tensor; // [B, T] int32
  readonly present: Tensor; // [B, T] 1, or 0 past the end of a row; 1/n where a column stands n times
}

/** What is random while training. */
export interface Noise {
  readonly dropout: Dropout;
  /** @returns an input of standard normal numbers. */
  normal(shape: Shape): Tensor;
}

export interface Encoded {
  /** Scores are their dot products with the rows of the table of columns. */
  readonly vectors: Tensor; // [B, D]
  /** What a row costs besides being rebuilt badly. */
  readonly divergence?: Tensor; // [B, 1]
}

/** How badly a row is rebuilt. */
export type Objective =
  /** Softmax over all columns, and the divergence by min(klWeight, steps so far / annealing). */
  | { readonly loss: "multinomial"; readonly klWeight: number; readonly annealing: number }
  /** Each of the row's columns apart, and so many times as many others. */
  | { readonly loss: "bce"; readonly negatives: number };

/**
 * Rebuilds the rows of the matrix of who met what from vectors that it makes of them; order tells nothing. Rows are users,
 * and the table of columns is "items"; or rows are items, and it is "users".
 */
export interface Autoencoder<O = ModelOptions> extends Trained<O> {
  readonly kind: "autoencoder";
  vectors(weights: Leaves, options: O, history: Tensor, user: Tensor): ScoringVectors;
  encode(weights: Leaves, options: O, rows: SparseRows, noise?: Noise): Encoded;
  objective(options: O): Objective;
  /**
   * Where rows are items: their rows of the table "items", which is no weight but made of the weights and of training
   * after an epoch. It and "users" are what `vectors` reads and what is exported: serving needs nothing else.   [B, D]
   */
  itemRows?(weights: Leaves, options: O, rows: SparseRows): Tensor;
}

/** Its weights follow from who met what in one pass, without gradients. */
export interface FittedModel<O = ModelOptions> extends Common<O> {
  readonly kind: "fitted";
  fit(met: Edges, sizes: Sizes, options: O): Parameters;
}

/** Its weights are trained step by step. */
export type TrainedModel = SequenceModel | UserModel | Autoencoder;

export type Model = TrainedModel | FittedModel;
