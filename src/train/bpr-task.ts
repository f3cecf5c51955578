/** BPR training of a model with user vectors: a seen item above a random unseen one. */
import * as z from "zod";
import { row, rows, type Sequences } from "../dataset/index.ts";
import { gather, input } from "../graph/index.ts";
import { bpr, rowDot } from "../losses/index.ts";
import { leavesOf, type ModelOptions, type Parameters, type UserModel } from "../models/index.ts";
import type { Random } from "../random.ts";
import { int32 } from "./feeds.ts";
import { Propagated } from "./propagated.ts";
import type { Batch, EpochPlan, Task } from "./task.ts";

export const bprOptions = z.strictObject({
  batchSize: z.int().min(1).default(1024), // pairs
});

export interface BprTaskInput {
  readonly model: UserModel;
  readonly modelOptions: ModelOptions;
  readonly weights: Parameters;
  readonly train: Sequences;
  readonly users: Int32Array;
  readonly random: Random;
}

export function bprTask(given: BprTaskInput, { batchSize }: z.output<typeof bprOptions>): Task {
  const { model, modelOptions, weights, train, random } = given;
  const leaves = leavesOf(weights);
  const user = model.userVectors(leaves, modelOptions, input("pair.users", ["N"], "int32")); // [N, D]
  const score = (name: string) => rowDot(user, gather(leaves.items!, input(name, ["N"], "int32"))); // [N, 1]
  const pairs = pairsOf(train, given.users);
  const seen = Array.from({ length: rows(train) }, (_, u) => new Set(row(train, u)));
  const items = weights.items!.shape[0]!;
  const sizes = { users: weights.users!.shape[0]!, items };
  const propagation = model.propagation?.(sizes, modelOptions, pairs);

  return {
    weights,
    leaves,
    propagated: propagation && new Propagated(propagation, weights),
    dropout: [],
    loss: bpr(score("pair.positives"), score("pair.negatives")),
    epoch: (epoch): EpochPlan => {
      const order = random.split("order", epoch).shuffle(Int32Array.from(pairs.user.keys()));
      return {
        steps: Math.ceil(order.length / batchSize),
        batch: (step): Batch => {
          const batch = order.subarray(step * batchSize, (step + 1) * batchSize);
          const draw = random.split("negatives", epoch, step);
          const users = batch.map((p) => pairs.user[p]!);
          const n = [batch.length];
          const feeds = {
            "pair.users": int32(users, n),
            "pair.positives": int32(
              batch.map((p) => pairs.item[p]!),
              n,
            ),
            "pair.negatives": int32(
              users.map((u) => unseen(seen[u]!, items, draw)),
              n,
            ),
          };
          return { feeds, weight: batch.length };
        },
      };
    },
  };
}

function pairsOf(train: Sequences, users: Int32Array): { user: Int32Array; item: Int32Array } {
  const user = Int32Array.from(
    Array.from(users).flatMap((u) => new Array<number>(row(train, u).length).fill(u)),
  );
  const item = Int32Array.from(Array.from(users).flatMap((u) => Array.from(row(train, u))));
  return { user, item };
}

/** A uniform item the user has not seen; any item once the user has seen nearly all. */
function unseen(seen: ReadonlySet<number>, items: number, random: Random): number {
  let item = random.integer(items);
  for (let tries = 0; seen.has(item) && tries < 100; tries++) item = random.integer(items);
  return item;
}
