/** BPR training of a model with user vectors: a seen item above a random unseen one. */
import * as z from "zod";
import type { Sequences } from "../dataset/index.ts";
import { input, mul, slice, type Feed, type Tensor } from "../graph/index.ts";
import { bpr } from "../losses/index.ts";
import { leavesOf, type ModelOptions, type Parameters, type UserModel } from "../models/index.ts";
import type { Random } from "../random.ts";
import { int32 } from "./feeds.ts";
import { Pairs, type PairBatch } from "./pairs.ts";
import { Propagated } from "./propagated.ts";
import { TableScores } from "./table-scores.ts";
import type { Batch, EpochPlan, Task } from "./task.ts";

export const bprOptions = z.strictObject({
  batchSize: z.int().min(1).default(1024), // pairs
  reduction: z.enum(["mean", "sum"]).default("mean"), // over the pairs of a batch; against weight decay it matters
});
export type BprOptions = z.output<typeof bprOptions>;

export interface BprTaskInput {
  readonly model: UserModel;
  readonly modelOptions: ModelOptions;
  readonly weights: Parameters;
  readonly train: Sequences;
  readonly users: Int32Array;
  readonly random: Random;
}

export function bprTask(given: BprTaskInput, options: BprOptions): Task {
  const { model, modelOptions, weights, train, random } = given;
  const leaves = leavesOf(weights);
  const sizes = { users: weights.users!.shape[0]!, items: weights.items!.shape[0]! };
  const pairs = new Pairs(train, given.users, sizes.items, random);
  const propagation = model.propagation?.(sizes, modelOptions, pairs.edges);
  const scores = new TableScores(leaves, propagation === undefined);
  return {
    weights,
    leaves,
    propagated: propagation && new Propagated(propagation, weights),
    dropout: [],
    loss: pairLoss(scores, options.reduction),
    scored: scores.scored(options.batchSize),
    epoch: (epoch): EpochPlan => {
      const { steps, batch } = pairs.epoch(epoch, options.batchSize);
      return { steps, batch: (step) => pairBatch(batch(step), options.reduction) };
    },
  };
}

/** BPR over the pairs of {@link pairBatch}. */
export function pairLoss(scores: TableScores, reduction: BprOptions["reduction"]): Tensor {
  const s = scores.of("pair.users", "pair.items", "N", 2); // [N, 2]
  const mean = bpr(slice(s, 1, 0, 1), slice(s, 1, 1, 2));
  return reduction === "mean" ? mean : mul(mean, input("pair.count", []));
}

/** Feeds of a batch: of each pair the user, and the item seen beside the one that was not. */
export function pairBatch(
  { users, positives, negatives }: PairBatch,
  reduction: BprOptions["reduction"],
): Batch {
  const n = users.length;
  const items = new Int32Array(2 * n);
  positives.forEach((item, p) => (items[2 * p] = item));
  negatives.forEach((item, p) => (items[2 * p + 1] = item));
  const feeds: Record<string, Feed> = {
    "pair.users": int32(users, [n]),
    "pair.items": int32(items, [n, 2]),
    "pair.count": { data: Float32Array.of(n), shape: [] },
  };
  return { feeds, weight: reduction === "mean" ? n : 1, reads: { users, items } };
}
