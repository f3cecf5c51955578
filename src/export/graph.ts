/** The graph that is exported and served: history in, scores and the best k out. */
import { cast, gatherElements, input, leaves, topK, type StoredTensor, type Tensor } from "../graph/index.ts";
import { leavesOf, scoring, type Model, type ModelOptions, type Parameters } from "../models/index.ts";

export interface ServingGraph {
  readonly outputs: Readonly<Record<"scores" | "items" | "item_scores", Tensor>> & {
    readonly user_vectors?: Tensor;
    readonly item_vectors?: Tensor;
  };
  /** Whether it reads the input `user`. */
  readonly knowsUsers: boolean;
  /** Weights by the name they have in the file. */
  readonly stored: ReadonlyMap<string, StoredTensor>;
}

/**
 * Inputs: history [B, T] int64, oldest first, padded on the left with -1; user [B] int64, -1 for unknown (models that
 * know users); k [1] int64. Outputs: scores [B, I]; items [B, K] int64 and item_scores [B, K], best first;
 * user_vectors [B, D] and item_vectors [I, D], whose dot products the scores are (models that have such vectors).
 */
export function servingGraph(model: Model, options: ModelOptions, weights: Parameters): ServingGraph {
  const prefix = "weight.";
  const history = cast(input("history", ["B", "T"], "int64"), "int32");
  const asked = input("user", ["B"], "int64");
  const user = cast(asked, "int32");
  const { scores, vectors } = scoring(model, leavesOf(weights, prefix), options, history, user);
  const items = topK(scores, input("k", [1], "int64"));
  const stored = new Map(Object.entries(weights).map(([name, weight]) => [prefix + name, weight]));
  const lists = { items, item_scores: gatherElements(scores, items) };
  const both = vectors && { user_vectors: vectors.users, item_vectors: vectors.items };
  const knowsUsers = leaves([scores]).includes(asked);
  return { outputs: { scores, ...lists, ...both }, knowsUsers, stored };
}
