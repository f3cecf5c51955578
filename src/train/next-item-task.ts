/** Training of a sequence model on histories alone: no teacher. Losses are of next items, or of items in gaps. */
import * as z from "zod";
import { lengthOf, pack, row, type PackedBatch, type Sequences } from "../dataset/index.ts";
import {
  add,
  cast,
  input,
  iota,
  less,
  mul,
  product,
  reshape,
  sub,
  where,
  type Dim,
  type Tensor,
} from "../graph/index.ts";
import { binaryCrossEntropy, fullSoftmax, sampledSoftmax, type Items } from "../losses/index.ts";
import {
  leavesOf,
  type ModelOptions,
  type Parameters,
  type PackedTokens,
  type SequenceModel,
} from "../models/index.ts";
import type { Random } from "../random.ts";
import type { Feed } from "../graph/index.ts";
import { divide, smallHead, wholeHead, type PartSizes } from "./divide.ts";
import { makeDropout, type DropoutSite } from "./dropout.ts";
import { int32, float32 } from "./feeds.ts";
import { labelled, type Labelled } from "./labels.ts";
import { logitsOf } from "./logits.ts";
import type { Batch, EpochPlan, Task } from "./task.ts";

const blocked = -1e9;

export const nextItemOptions = z.strictObject({
  loss: z.enum(["ce", "sampled", "bce", "gbce"]).default("ce"), // SASRec+; "bce" is the paper's
  negatives: z.int().min(1).default(1), // per position (bce, gbce) or per draw (sampled)
  positionsPerDraw: z.int().min(1).nullable().default(null), // that share negatives (sampled); null: those of the batch
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
  /** Of a batch; in one piece for devices that like it large. */
  readonly partSizes?: PartSizes | undefined;
}

export function nextItemTask(given: SequenceTaskInput, options: NextItemOptions): Task {
  const { model, modelOptions, weights, train, random } = given;
  const leaves = leavesOf(weights);
  const dropout: DropoutSite[] = [];
  const hidden = model.encode(
    leaves,
    modelOptions,
    packedInputs(model),
    makeDropout(dropoutRate(modelOptions), dropout),
  );
  const logits = logitsOf(model, modelOptions, hidden, leaves.items!);
  const h = logits.at(labelRows(options)); // [N, D]
  const users = given.users.filter((u) => lengthOf(train, u) >= 2);
  const maxLength = model.maxLength(modelOptions);
  const items = weights.items!.shape[0]!;
  const sizes = partsFor(given, options);
  const cloze = model.cloze?.(modelOptions);
  const tokens = (u: number) => Math.min(maxLength, lengthOf(train, u) - 1);

  return {
    weights,
    leaves,
    dropout,
    divided: sizes.most < Infinity,
    loss: nextItemLoss(h, logits.items, options),
    epoch: (epoch): EpochPlan => {
      const order = random.split("order", epoch).shuffle(Int32Array.from(users));
      return {
        steps: Math.ceil(order.length / options.batchSize),
        batch: (step): Batch => {
          const batch = order.subarray(step * options.batchSize, (step + 1) * options.batchSize);
          const gaps = random.split("gaps", epoch, step);
          const parts = divide(batch, tokens, sizes).map((part) => {
            return Array.from(part, (u) => labelled(row(train, u).slice(-(maxLength + 1)), cloze, gaps));
          });
          return labelledBatch(parts, options, items, random.split("negatives", epoch, step));
        },
      };
    },
  };
}

export const partsFor = (
  { partSizes }: Pick<SequenceTaskInput, "partSizes">,
  { loss }: NextItemOptions,
): PartSizes => partSizes ?? (loss === "ce" ? wholeHead : smallHead);

/** The inputs of a packed batch, as far as the model may look; see dataset/pack.ts. */
export function packedInputs(model: SequenceModel): PackedTokens {
  const first = cast(input("tokens.first", ["R", "T"], "int32"), "float32");
  return {
    items: input("tokens.items", ["R", "T"], "int32"),
    positions: input("tokens.positions", ["R", "T"], "int32"),
    mask: model.cloze === undefined ? backwards(first) : bothWays(first),
  };
}

/** [R, 1, T, T] a token sees its own history up to itself. */
function backwards(first: Tensor): Tensor {
  const column = iota("T");
  const [from, to] = [reshape(column, [1, 1, "T", 1]), reshape(column, [1, 1, 1, "T"])];
  const others = less(to, reshape(first, ["R", 1, "T", 1])); // [R, 1, T, T]
  return add(where(others, blocked, 0), where(less(from, to), blocked, 0));
}

/** [R, 1, T, T] a token sees its own history. */
function bothWays(first: Tensor): Tensor {
  const apart = sub(reshape(first, ["R", 1, "T", 1]), reshape(first, ["R", 1, 1, "T"])); // [R, 1, T, T]
  return where(less(mul(apart, apart), 0.5), 0, blocked);
}

export function packedFeeds(packed: PackedBatch): Record<string, Feed> {
  const { rows, width, items, positions, first } = packed;
  const shape = [rows, width];
  return {
    "tokens.items": int32(items, shape),
    "tokens.positions": int32(positions, shape),
    "tokens.first": int32(first, shape),
  };
}

export function dropoutRate(options: ModelOptions): number {
  return typeof options.dropout === "number" ? options.dropout : 0;
}

function labelledBatch(
  parts: readonly (readonly Labelled[])[],
  options: NextItemOptions,
  items: number,
  random: Random,
): Batch {
  const made = parts.map(labelledPart);
  const weight = made.reduce((n, { targets }) => n + targets.length, 0);
  const shared = sharedNegatives(options, items, random);
  const feeds = made.map(({ tokens, ...labels }) => {
    return { ...tokens, ...labelFeeds(labels, weight, options, items, random) };
  });
  return { feeds: shared, parts: feeds, weight };
}

/** Tokens, and the items that are predicted there. */
export interface Labels {
  readonly rows: Int32Array; // [N] flat indices of tokens
  readonly targets: Int32Array; // [N]
}

/** Positions that share a draw of negatives; null where there is none, or one for the whole batch. */
function perDraw({ loss, positionsPerDraw }: NextItemOptions): number | null {
  if (loss === "sampled") return positionsPerDraw;
  return loss === "ce" ? null : 1;
}

/** Negatives that all parts of a batch are fed, where the loss has such. */
export const sharedNegatives = (
  { loss, negatives, positionsPerDraw }: NextItemOptions,
  items: number,
  random: Random,
): Record<string, Feed> =>
  loss === "sampled" && positionsPerDraw === null ? drawn([1, negatives], items, random) : {};

/** N, the labels of a part: whole groups of those that share a draw. */
function labelCount(options: NextItemOptions): Dim {
  const group = perDraw(options);
  return group === null ? "N" : product(["G", group]);
}

/** @returns [N] int32 the tokens at which {@link nextItemLoss} predicts. */
export const labelRows = (options: NextItemOptions): Tensor =>
  input("label.rows", [labelCount(options)], "int32");

/** What {@link nextItemLoss} is fed of one part; without labels it is 0. @param weight labels of the whole batch */
export function labelFeeds(
  { rows, targets }: Labels,
  weight: number,
  options: NextItemOptions,
  items: number,
  random: Random,
): Record<string, Feed> {
  const group = perDraw(options);
  const labels = targets.length;
  const groups = Math.max(1, Math.ceil(labels / (group ?? 1))); // fillers weigh nothing; graphs want at least one row
  const n = groups * (group ?? 1);
  const filled = (of: Int32Array) => {
    const all = new Int32Array(n);
    all.set(of);
    return all;
  };
  return {
    "label.rows": int32(filled(rows), [n]),
    "label.targets": int32(filled(targets), [n, 1]),
    "label.weights": float32(new Float32Array(n).fill(1 / weight, 0, labels), [n, 1]),
    "label.share": float32(Float32Array.of(labels / weight), []),
    ...(group === null ? {} : drawn([groups, options.negatives], items, random)),
  };
}

function labelledPart(histories: readonly Labelled[]): Labels & { tokens: Record<string, Feed> } {
  const packed = pack(histories.map(({ tokens }) => tokens));
  const n = histories.reduce((sum, { targets }) => sum + targets.length, 0);
  const rows = new Int32Array(n);
  const targets = new Int32Array(n);
  let end = 0;
  histories.forEach((h, s) => {
    targets.set(h.targets, end);
    for (const i of h.at) rows[end++] = packed.starts[s]! + i;
  });
  return { tokens: packedFeeds(packed), rows, targets };
}

/** The mean over the batch's positions: a part's own mean counts by its share of them. */
export function nextItemLoss(h: Tensor, items: Items, options: NextItemOptions): Tensor {
  const { loss, negatives, positionsPerDraw, negativesStandFor, calibration } = options;
  const n = labelCount(options);
  const targets = input("label.targets", [n, 1], "int32");
  const weights = input("label.weights", [n, 1]);
  switch (loss) {
    case "ce":
      return fullSoftmax(h, items, targets, weights);
    case "sampled": {
      const [groups, size] = positionsPerDraw === null ? [1, n] : ["G", positionsPerDraw];
      const drawn = input("negatives", [groups, negatives], "int32");
      return sampledSoftmax(h, items, targets, drawn, size, negativesStandFor ?? items.count, weights);
    }
    case "bce":
    case "gbce": {
      const drawn = input("negatives", [n, negatives], "int32");
      const each = binaryCrossEntropy(h, items, targets, drawn, loss === "bce" ? 0 : calibration);
      return mul(input("label.share", []), each);
    }
  }
}

function drawn(shape: readonly number[], items: number, random: Random): Record<string, Feed> {
  const count = shape.reduce((a, b) => a * b, 1);
  return {
    negatives: int32(
      Int32Array.from({ length: count }, () => random.integer(items)),
      shape,
    ),
  };
}
