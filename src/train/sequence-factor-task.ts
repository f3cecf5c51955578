/**
 * Distillation from the signals `factors` and `trajectory` into a student that reads histories. A batch is a set of users: their histories
 * for the next-item loss, as in training alone, and for the method's loss the student's vector at the end of each, which
 * is what scores that user. The teacher's vector of a user is of the same history. A step reads histories once, so that all terms of
 * a loss see the same dropout; the code of RCE-KD reads them anew, with a dropout of its own, for every set of items it scores.
 */
import * as z from "zod";
import { lengthOf, row, rows, type Sequences } from "../dataset/index.ts";
import { gather, input, matmul, reshape, restHead, type Tensor } from "../graph/index.ts";
import type { Items } from "../losses/index.ts";
import type { FactorBatch, FactorPlan, FactorStudent } from "../methods/index.ts";
import type { Random } from "../random.ts";
import { onePiece, type PartSizes } from "./divide.ts";
import { makeDropout, type DropoutSite } from "./dropout.ts";
import { preparation, taught, type Teaching } from "./factor-teaching.ts";
import { int32 } from "./feeds.ts";
import { historyParts } from "./history-parts.ts";
import { historyVectors } from "./model-vectors.ts";
import { logitsOf } from "./logits.ts";
import {
  dropoutRate,
  labelFeeds,
  labelRows,
  nextItemLoss,
  nextItemOptions,
  packedInputs,
  partsFor,
  sharedNegatives,
  type SequenceTaskInput,
} from "./next-item-task.ts";
import { drawUnseen } from "./pairs.ts";
import type { Batch, EpochPlan, Task } from "./task.ts";

export const sequenceFactorOptions = z.strictObject({
  ...nextItemOptions.shape,
  reduction: z.enum(["mean", "sum"]).default("mean"), // of the method's loss, over the users of a batch; RCE-KD: sum
});
type Options = z.output<typeof sequenceFactorOptions>;

export type SequenceFactorTaskInput = SequenceTaskInput & Teaching;

export async function sequenceFactorTask(given: SequenceFactorTaskInput, options: Options): Promise<Task> {
  const { model, modelOptions, train, method, random } = given;
  const [items, width] = given.weights.items!.shape as [number, number];
  const scoring = { model, options: modelOptions, weights: given.weights, device: given.device };
  const vectors = await historyVectors(scoring, train);
  const student = { users: rows(train), items, width, vectors };
  const { weights, leaves, own, plan, loss } = await taught(given, student);
  const dropout: DropoutSite[] = [];
  const drop = makeDropout(dropoutRate(modelOptions), dropout);
  const hidden = model.encode(leaves, modelOptions, packedInputs(model), drop);
  const logits = logitsOf(model, modelOptions, hidden, leaves.items!);
  const base = () => nextItemLoss(logits.at(labelRows(options)), logits.items, options);
  const asked = new HistoryStudent(gather(hidden, input("kd.rows", ["B"], "int32")), logits.items, own);
  const parts = method.inOnePiece === true ? onePiece : partsFor(given, options);
  const batches = new Batches(given, options, plan, parts);
  return {
    weights,
    leaves,
    exported: given.weights,
    dropout,
    divided: parts.most < Infinity,
    loss: loss(base, asked),
    ...preparation(plan, random),
    epoch: (epoch) => batches.epoch(epoch),
  };
}

class Batches {
  readonly #given: SequenceFactorTaskInput;
  readonly #options: Options;
  readonly #plan: FactorPlan;
  readonly #parts: PartSizes;
  readonly #users: Int32Array;

  constructor(given: SequenceFactorTaskInput, options: Options, plan: FactorPlan, parts: PartSizes) {
    this.#given = given;
    this.#options = options;
    this.#plan = plan;
    this.#parts = parts;
    this.#users = given.users.filter((u) => lengthOf(given.train, u) > 0);
  }

  epoch(epoch: number): EpochPlan {
    const { batchSize } = this.#options;
    const order = this.#given.random.split("order", epoch).shuffle(Int32Array.from(this.#users));
    return {
      steps: Math.ceil(order.length / batchSize),
      batch: (step) => this.#batch(order.subarray(step * batchSize, (step + 1) * batchSize), epoch, step),
    };
  }

  #batch(users: Int32Array, epoch: number, step: number): Batch {
    const { model, modelOptions, train, weights, random } = this.#given;
    const [options, items] = [this.#options, weights.items!.shape[0]!];
    const reading = { maxLength: model.maxLength(modelOptions), cloze: model.cloze?.(modelOptions) };
    const made = historyParts(train, users, reading, this.#parts, random.split("gaps", epoch, step));
    const weight = made.reduce((n, { labels }) => n + labels.targets.length, 0);
    const negatives = random.split("negatives", epoch, step);
    const shared = sharedNegatives(options, items, negatives);
    const c = options.reduction === "sum" ? 1 : 1 / users.length;
    const parts = made.map((part, p) => {
      const drawn = random.split("method", epoch, step, p);
      return {
        ...part.tokens,
        ...labelFeeds(part.labels, weight, options, items, negatives),
        "kd.rows": int32(part.ends, [part.ends.length]),
        ...this.#plan.feeds(taughtBatch(train, part.users, c, items, drawn.split("pairs")), drawn),
      };
    });
    return { feeds: shared, parts, weight };
  }
}

/** Every user with an item of theirs and one that is not. */
function taughtBatch(
  train: Sequences,
  users: Int32Array,
  c: number,
  items: number,
  random: Random,
): FactorBatch {
  const pairs = Array.from(users, (u) => {
    const history = row(train, u);
    const unseen = drawUnseen((item) => history.includes(item), items, random);
    return [history[random.integer(history.length)]!, unseen] as const;
  });
  return {
    users,
    c: new Float32Array(users.length).fill(c),
    positives: Int32Array.from(new Set(pairs.map(([positive]) => positive))),
    negatives: Int32Array.from(new Set(pairs.map(([, negative]) => negative))),
  };
}

/** What a loss asks of a student whose user vectors are read off histories. */
class HistoryStudent implements FactorStudent {
  constructor(
    readonly user: Tensor,
    private readonly items: Items,
    readonly own: FactorStudent["own"],
  ) {}

  vectors(chosen: Tensor): Tensor {
    return this.items.at(chosen);
  }

  scores(chosen: Tensor): Tensor {
    const [b, d] = this.user.shape as ["B", number];
    const user = reshape(this.user, [b, 1, d]);
    return reshape(matmul(user, this.items.at(chosen), { transB: true }), chosen.shape); // [B, S]
  }

  allScores(): Tensor {
    return matmul(this.user, this.items.all, { transB: true });
  }

  rest(closed: Tensor): Tensor {
    return restHead(this.user, this.items.all, closed);
  }
}
