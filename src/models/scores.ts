/** What is made of a model's vectors, or of its tables. */
import { internal } from "../errors.ts";
import { matmul, type Tensor } from "../graph/index.ts";
import type { Leaves, Model, ModelOptions, ScoringTables, ScoringVectors, UserModel } from "./types.ts";

/** Scores of the whole catalogue, and the vectors whose dot products they are where there are such vectors. */
export interface Scoring {
  readonly scores: Tensor; // [B, I]
  readonly vectors: ScoringVectors | null;
  /** The rows that scores are made of where there are such rows: the vectors, or what stands in their place. */
  readonly tables: ScoringTables | null;
}

/** @param history [B, T] int32, oldest first, padded on the left with -1 @param user [B] int32, -1 for an unknown user */
export function scoring(
  model: Model,
  weights: Leaves,
  options: ModelOptions,
  history: Tensor,
  user: Tensor,
): Scoring {
  const given = [weights, options, history, user] as const;
  const scores = model.scores?.(...given);
  if (scores !== undefined) return { scores, vectors: null, tables: model.tables?.(...given) ?? null };
  const vectors = model.vectors?.(...given);
  if (vectors === undefined) throw internal(`${model.name}: a model has vectors or scores`);
  return { scores: matmul(vectors.users, vectors.items, { transB: true }), vectors, tables: vectors };
}

/** @returns [B, I] scores of the whole catalogue. */
export const scoresOf = (...given: Parameters<typeof scoring>): Tensor => scoring(...given).scores;

/** Whether the rows of "users" and "items" are the vectors whose dot products are the scores of known users. */
export const scoresByTables = (model: Model): model is UserModel =>
  model.kind === "user" && model.pairLoss === undefined;
