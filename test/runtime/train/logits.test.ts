/** Every loss of a sequence model is of its own scores, divided by its temperature. */
import { describe, expect, it } from "vitest";
import { datasetFromLists, row } from "../../../src/dataset/index.ts";
import { gradients, interpret, type Feed, type Value } from "../../../src/graph/index.ts";
import { methodNamed } from "../../../src/methods/index.ts";
import { hstu, type SequenceModel } from "../../../src/models/index.ts";
import { Random } from "../../../src/random.ts";
import type { ListSignal } from "../../../src/signals/index.ts";
import {
  partsOf,
  type Feeds,
  distillOptions,
  distillTask,
  nextItemOptions,
  nextItemTask,
  type Task,
} from "../../../src/train/index.ts";
import { rowsOf } from "../../contracts/lists-of.ts";
import { hstuReference, unit } from "../models/hstu-reference.ts";

const items = 9;
const user = 1;
const lists = [4, 7, 6].map((n, u) => Array.from(new Random(u).sample(items, n)));
const dataset = datasetFromLists(lists, { items });
const o = {
  width: 4,
  blocks: 1,
  heads: 2,
  keyWidth: 2,
  valueWidth: 3,
  maxLength: 8,
  dropout: 0,
  cosineTemperature: 0.1,
};
const weights = hstu.parameters({ users: 3, items }, o, new Random(1));
const given = {
  model: hstu as SequenceModel,
  modelOptions: o,
  weights,
  train: dataset.train,
  users: Int32Array.of(user),
  random: new Random(2),
};

const asValue = ({ data, shape }: Feed): Value => ({ shape, data: Float64Array.from(data, Number) });

/** A task's loss of its first batch, in float64, and the batch. */
function lossOf(task: Task): { loss: number; feeds: Readonly<Record<string, Feed>> } {
  const [feeds] = partsOf(task.epoch(0).batch(0)) as [Feeds];
  const all = Object.entries({ ...weights, ...feeds }).map(([name, feed]) => [name, asValue(feed)] as const);
  return { loss: interpret([task.loss], Object.fromEntries(all))[0]!.data[0]!, feeds };
}

const history = Array.from(row(dataset.train, user));

/** cos(h, E[i]) / tau for every item, after each item read. */
const logitsAfter = (read: readonly number[]) =>
  hstuReference(weights, o, read).map((h) =>
    Array.from({ length: items }, (_, i) => {
      const e = unit(Array.from(weights["items"]!.data.subarray(i * o.width, (i + 1) * o.width)));
      return h.reduce((dot, x, d) => dot + x * e[d]!, 0) / o.cosineTemperature;
    }),
  );
/** Next-item training reads what has a next item; distilling reads on to the end, where the query stands. */
const [labelled, whole] = [logitsAfter(history.slice(0, -1)), logitsAfter(history)];

/** Over positions: the logits there, and the item that came next. */
const mean = (logits: readonly number[][], of: (z: readonly number[], target: number, n: number) => number) =>
  history.slice(1).reduce((total, target, n) => total + of(logits[n]!, target, n), 0) / (history.length - 1);
const logSum = (xs: readonly number[]) => Math.log(xs.reduce((s, x) => s + Math.exp(x), 0));
const softplus = (x: number) => Math.log(1 + Math.exp(x));
const crossEntropy = (logits: readonly number[][]) => mean(logits, (z, target) => logSum(z) - z[target]!);

const nextItem = (options: Record<string, unknown>) => nextItemTask(given, nextItemOptions.parse(options));

describe("next-item losses of cosines", () => {
  it("ce", () => {
    expect(lossOf(nextItem({ loss: "ce" })).loss).toBeCloseTo(crossEntropy(labelled), 6);
  });

  it.each([null, 3])("sampled, negatives standing for %s", (negativesStandFor) => {
    const { loss, feeds } = lossOf(nextItem({ loss: "sampled", negatives: 5, negativesStandFor }));
    const drawn = Array.from(feeds["negatives"]!.data, Number);
    const shift = Math.log((negativesStandFor ?? items) / 5);
    const expected = mean(labelled, (z, target) => {
      const others = drawn.filter((i) => i !== target).map((i) => z[i]! + shift);
      return logSum([z[target]!, ...others]) - z[target]!;
    });
    expect(loss).toBeCloseTo(expected, 6);
  });

  it.each([1, 2])("sampled, negatives of each %i positions", (positionsPerDraw) => {
    const options = { loss: "sampled", negatives: 3, positionsPerDraw, negativesStandFor: 3 };
    const { loss, feeds } = lossOf(nextItem(options));
    const drawn = Array.from(feeds["negatives"]!.data, Number);
    expect(drawn).toHaveLength(3 * Math.ceil((history.length - 1) / positionsPerDraw)); // an odd position has a group of its own
    const expected = mean(labelled, (z, target, n) => {
      const group = Math.floor(n / positionsPerDraw);
      const others = drawn.slice(3 * group, 3 * group + 3).filter((i) => i !== target);
      return logSum([z[target]!, ...others.map((i) => z[i]!)]) - z[target]!;
    });
    expect(loss).toBeCloseTo(expected, 6);
  });

  it("bce", () => {
    const { loss, feeds } = lossOf(nextItem({ loss: "bce", negatives: 2 }));
    const drawn = Array.from(feeds["negatives"]!.data, Number);
    const expected = mean(labelled, (z, target, n) => {
      const repelled = softplus(z[drawn[2 * n]!]!) + softplus(z[drawn[2 * n + 1]!]!);
      return softplus(-z[target]!) + repelled;
    });
    expect(loss).toBeCloseTo(expected, 6);
  });

  it("that draw negatives touch the rows of drawn items and targets alone", () => {
    const task = nextItem({ loss: "sampled", negatives: 5 });
    const [gradient] = gradients(task.loss, [task.leaves["items"]!]);
    expect(gradient!.dense).toBeNull();
    expect(gradient!.rows).toHaveLength(3); // tokens, targets, negatives
  });
});

it("distilling: list KL and labels are of the same logits", () => {
  const list = [7, 2];
  const signal = { ...rowsOf([{ user, end: history.length, list }]), manifest: { k: 2 } } as ListSignal;
  const method = methodNamed("uniform-kl");
  const methodOptions = method.options.parse({ labels: 0.5 });
  const task = distillTask({ ...given, method, methodOptions, signal }, distillOptions.parse({}));
  const z = whole.at(-1)!;
  const kl = [2 / 3, 1 / 3].reduce((sum, q, j) => sum + q * (Math.log(q) - z[list[j]!]! + logSum(z)), 0);
  expect(lossOf(task).loss).toBeCloseTo(kl + 0.5 * crossEntropy(whole), 6);
});
