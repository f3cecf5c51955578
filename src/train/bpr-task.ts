/** BPR training of a model with user vectors: a seen item above a random unseen one. */
import * as z from "zod";
import type { Sequences } from "../dataset/index.ts";
import { gather, input, mul, type Feed, type Tensor } from "../graph/index.ts";
import { bpr, rowDot } from "../losses/index.ts";
import {
  leavesOf,
  type Leaves,
  type ModelOptions,
  type Parameters,
  type UserModel,
} from "../models/index.ts";
import type { Random } from "../random.ts";
import { int32 } from "./feeds.ts";
import { joined, Pairs, type PairBatch } from "./pairs.ts";
import { Propagated } from "./propagated.ts";
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
  return {
    weights,
    leaves,
    propagated: propagation && new Propagated(propagation, weights),
    dropout: [],
    loss: pairLoss(model, modelOptions, leaves, options.reduction),
    epoch: (epoch): EpochPlan => {
      const { steps, batch } = pairs.epoch(epoch, options.batchSize);
      return { steps, batch: (step) => pairBatch(batch(step), options.reduction) };
    },
  };
}

/** BPR over the pairs fed to the inputs pair.users, pair.positives and pair.negatives. */
export function pairLoss(
  model: UserModel,
  modelOptions: ModelOptions,
  leaves: Leaves,
  reduction: BprOptions["reduction"],
): Tensor {
  const user = model.userVectors(leaves, modelOptions, input("pair.users", ["N"], "int32")); // [N, D]
  const score = (name: string) => rowDot(user, gather(leaves.items!, input(name, ["N"], "int32"))); // [N, 1]
  const mean = bpr(score("pair.positives"), score("pair.negatives"));
  return reduction === "mean" ? mean : mul(mean, input("pair.count", []));
}

export function pairBatch(
  { users, positives, negatives }: PairBatch,
  reduction: BprOptions["reduction"],
): Batch {
  const n = users.length;
  const feeds: Record<string, Feed> = {
    "pair.users": int32(users, [n]),
    "pair.positives": int32(positives, [n]),
    "pair.negatives": int32(negatives, [n]),
    "pair.count": { data: Float32Array.of(n), shape: [] },
  };
  const reads = { users, items: joined(positives, negatives) };
  return { feeds, weight: reduction === "mean" ? n : 1, reads };
}
