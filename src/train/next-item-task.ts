/** Next-item training of a sequence model on histories alone: no teacher. */
import * as z from "zod";
import { lengthOf, pack, row, type Sequences } from "../dataset/index.ts";
import { input, type Tensor } from "../graph/index.ts";
import { binaryCrossEntropy, fullSoftmax, sampledSoftmax, type Items } from "../losses/index.ts";
import { leavesOf, type ModelOptions, type Parameters, type SequenceModel } from "../models/index.ts";
import type { Random } from "../random.ts";
import type { Feed } from "../graph/index.ts";
import { makeDropout, type DropoutSite } from "./dropout.ts";
import { int32, float32 } from "./feeds.ts";
import { logitsOf } from "./logits.ts";
import type { Batch, EpochPlan, Task } from "./task.ts";

export const nextItemOptions = z.strictObject({
  loss: z.enum(["ce", "sampled", "bce", "gbce"]).default("ce"), // SASRec+; "bce" is the paper's
  negatives: z.int().min(1).default(1), // per position (bce, gbce) or shared by the batch (sampled)
  negativesStandFor: z.int().min(1).nullable().default(null), // items (sampled); null: all, the loss estimates ce
  calibration: z.number().min(0).max(1).default(0.75), // t of gbce, gSASRec
  batchSize: z.int().min(1).default(128), // users
});
export type NextItemOptions = z.output<typeof nextItemOptions>;

export interface SequenceTaskInput {
  readonly model: SequenceModel;
  readonly modelOptions: ModelOptions;
  readonly weights: Parameters;
  readonly train: Sequences;
  /** Users to learn from; those with fewer than two items have nothing to predict and are left out. */
  readonly users: Int32Array;
  readonly random: Random;
}

export function nextItemTask(given: SequenceTaskInput, options: NextItemOptions): Task {
  const { model, modelOptions, weights, train, random } = given;
  const leaves = leavesOf(weights);
  const dropout: DropoutSite[] = [];
  const tokens = packedInputs();
  const hidden = model.encode(leaves, modelOptions, tokens, makeDropout(dropoutRate(modelOptions), dropout));
  const logits = logitsOf(model, modelOptions, hidden, leaves.items!);
  const h = logits.at(input("label.rows", ["N"], "int32")); // [N, D]
  const users = given.users.filter((u) => lengthOf(train, u) >= 2);
  const maxLength = model.maxLength(modelOptions);
  const items = weights.items!.shape[0]!;

  return {
    weights,
    leaves,
    dropout,
    loss: lossOf(h, logits.items, options),
    epoch: (epoch): EpochPlan => {
      const order = random.split("order", epoch).shuffle(Int32Array.from(users));
      return {
        steps: Math.ceil(order.length / options.batchSize),
        batch: (step) => {
          const batch = order.subarray(step * options.batchSize, (step + 1) * options.batchSize);
          const histories = Array.from(batch, (u) => row(train, u).slice(-(maxLength + 1)));
          const made = labelledBatch(histories, maxLength);
          const drawn = negativesOf(options, made.weight, items, random.split("negatives", epoch, step));
          return { ...made, feeds: { ...made.feeds, ...drawn } };
        },
      };
    },
  };
}

/** The inputs of a packed batch; see dataset/pack.ts. */
export function packedInputs() {
  return {
    items: input("tokens.items", ["R", "T"], "int32"),
    positions: input("tokens.positions", ["R", "T"], "int32"),
    mask: input("tokens.mask", ["R", 1, "T", "T"]),
  };
}

export function packedFeeds({
  rows,
  width,
  items,
  positions,
  mask,
}: ReturnType<typeof pack>): Record<string, Feed> {
  return {
    "tokens.items": { data: items, shape: [rows, width] },
    "tokens.positions": { data: positions, shape: [rows, width] },
    "tokens.mask": { data: mask, shape: [rows, 1, width, width] },
  };
}

export function dropoutRate(options: ModelOptions): number {
  return typeof options.dropout === "number" ? options.dropout : 0;
}

/** Every item but the first is a target, predicted from those before it. */
function labelledBatch(histories: readonly Int32Array[], maxLength: number): Batch {
  const packed = pack(
    histories.map((h) => h.subarray(0, -1)),
    maxLength,
  );
  const n = histories.reduce((sum, h) => sum + h.length - 1, 0);
  const rows = new Int32Array(n);
  const targets = new Int32Array(n);
  let at = 0;
  histories.forEach((h, s) => {
    for (let i = 1; i < h.length; i++, at++) {
      rows[at] = packed.starts[s]! + i - 1;
      targets[at] = h[i]!;
    }
  });
  const feeds = {
    ...packedFeeds(packed),
    "label.rows": int32(rows, [n]),
    "label.targets": int32(targets, [n, 1]),
    "label.weights": float32(new Float32Array(n).fill(1 / n), [n, 1]),
  };
  return { feeds, weight: n };
}

function lossOf(h: Tensor, items: Items, options: NextItemOptions): Tensor {
  const { loss, negatives, negativesStandFor, calibration } = options;
  const targets = input("label.targets", ["N", 1], "int32");
  switch (loss) {
    case "ce":
      return fullSoftmax(h, items, targets, input("label.weights", ["N", 1]));
    case "sampled":
      return sampledSoftmax(
        h,
        items,
        targets,
        input("negatives", [negatives], "int32"),
        negativesStandFor ?? items.count,
      );
    case "bce":
    case "gbce": {
      const drawn = input("negatives", ["N", negatives], "int32");
      return binaryCrossEntropy(h, items, targets, drawn, loss === "bce" ? 0 : calibration);
    }
  }
}

function negativesOf(
  options: NextItemOptions,
  n: number,
  items: number,
  random: Random,
): Record<string, Feed> {
  if (options.loss === "ce") return {};
  const shape = options.loss === "sampled" ? [options.negatives] : [n, options.negatives];
  const count = shape.reduce((a, b) => a * b, 1);
  return {
    negatives: int32(
      Int32Array.from({ length: count }, () => random.integer(items)),
      shape,
    ),
  };
}
