/** Training on pairs of a model that knows users: a seen item above random unseen ones, by BPR or a loss of its own. */
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
  const drawn = model.negatives?.(modelOptions) ?? 1;
  const items = input("pair.items", ["N", 1 + drawn], "int32");
  const own = model.pairLoss?.(leaves, modelOptions, input("pair.users", ["N"], "int32"), items);
  return {
    weights,
    leaves,
    propagated: propagation && new Propagated(propagation, weights),
    dropout: [],
    ball: model.ball,
    loss: own === undefined ? bprLoss(scores, options.reduction) : reduced(own, options.reduction),
    scored: scores.scored(options.batchSize),
    epoch: (epoch): EpochPlan => {
      const { steps, batch } = pairs.epoch(epoch, options.batchSize, drawn);
      return { steps, batch: (step) => pairBatch(batch(step), options.reduction) };
    },
  };
}

/** BPR over the pairs of {@link pairBatch}. */
export function bprLoss(scores: TableScores, reduction: BprOptions["reduction"]): Tensor {
  const s = scores.of("pair.users", "pair.items", "N", 2); // [N, 2]
  return reduced(bpr(slice(s, 1, 0, 1), slice(s, 1, 1, 2)), reduction);
}

const reduced = (mean: Tensor, reduction: BprOptions["reduction"]): Tensor =>
  reduction === "mean" ? mean : mul(mean, input("pair.count", []));

/** Feeds of a batch: of each pair the user, and the item seen beside those that were not. */
export function pairBatch(
  { users, positives, negatives }: PairBatch,
  reduction: BprOptions["reduction"],
): Batch {
  const n = users.length;
  const drawn = negatives.length / n;
  const items = new Int32Array((1 + drawn) * n);
  positives.forEach((item, p) => {
    items[(1 + drawn) * p] = item;
    items.set(negatives.subarray(drawn * p, drawn * (p + 1)), (1 + drawn) * p + 1);
  });
  const feeds: Record<string, Feed> = {
    "pair.users": int32(users, [n]),
    "pair.items": int32(items, [n, 1 + drawn]),
    "pair.count": { data: Float32Array.of(n), shape: [] },
  };
  return { feeds, weight: reduction === "mean" ? n : 1, reads: { users, items } };
}
