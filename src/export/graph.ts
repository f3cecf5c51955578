/** The graph that is exported and served: history in, scores and the best k out. */
import { cast, gatherElements, input, topK, type StoredTensor, type Tensor } from "../graph/index.ts";
import { leavesOf, scoresOf, type Model, type ModelOptions, type Parameters } from "../models/index.ts";

export interface ServingGraph {
  readonly outputs: Readonly<
    Record<"scores" | "items" | "item_scores" | "user_vectors" | "item_vectors", Tensor>
  >;
  /** Weights by the name they have in the file. */
  readonly stored: ReadonlyMap<string, StoredTensor>;
}

/**
 * Inputs: history [B, T] int64, oldest first, padded on the left with -1; user [B] int64, -1 for unknown (models that
 * know users); k [1] int64. Outputs: scores [B, I]; items [B, K] int64 and item_scores [B, K], best first;
 * user_vectors [B, D] and item_vectors [I, D], whose dot products the scores are.
 */
export function servingGraph(model: Model, options: ModelOptions, weights: Parameters): ServingGraph {
  const prefix = "weight.";
  const history = cast(input("history", ["B", "T"], "int64"), "int32");
  const user = cast(input("user", ["B"], "int64"), "int32");
  const { users, items: table } = model.vectors(leavesOf(weights, prefix), options, history, user);
  const scores = scoresOf({ users, items: table });
  const items = topK(scores, input("k", [1], "int64"));
  const stored = new Map(Object.entries(weights).map(([name, weight]) => [prefix + name, weight]));
  const lists = { items, item_scores: gatherElements(scores, items) };
  return { outputs: { scores, ...lists, user_vectors: users, item_vectors: table }, stored };
}
