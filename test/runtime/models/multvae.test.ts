import { describe, expect, it } from "vitest";
import { multvae, type Autoencoder } from "../../../src/models/index.ts";
import { klWeight, modelScorer, onePiece } from "../../../src/train/index.ts";
import {
  dot,
  itemsOf,
  matrixOf,
  sizes,
  stepOf,
  vaeRow,
  worldTask,
} from "../../contracts/autoencoder-world.ts";
import { oneThread } from "../../contracts/graph-values.ts";
import { modelContract } from "../../contracts/model-contract.ts";
import { shopContract } from "../../contracts/shop-contract.ts";

const model = multvae as Autoencoder;
modelContract(model, { modelOptions: { hidden: 32 } });
shopContract(model, [{ batchSize: 32 }], { modelOptions: { hidden: 48 } });

const small = { width: 2, hidden: 3 };

describe("the loss", () => {
  it("is the multinomial likelihood and the weighted KL, of a float64 reference", async () => {
    const { task, weights } = worldTask(model, { ...small, klWeight: 0.2, annealing: 10 });
    const { loss, fed } = await stepOf(task, 1); // one step an epoch: beta is 1 / 10
    const users = Array.from(fed["row.index"]!.data, Number);
    expect([...users].sort()).toEqual([0, 1, 2, 4]);
    const items = matrixOf(weights["items"]!);
    const each = users.map((u, b) => {
      const noise = Array.from(fed["noise"]!.data.subarray(2 * b, 2 * b + 2), Number);
      const { vector, kl } = vaeRow(weights, itemsOf(u), noise);
      const scores = items.map((row) => dot(vector, row));
      const logZ = Math.log(scores.reduce((s, x) => s + Math.exp(x), 0));
      return 0.1 * kl - itemsOf(u).reduce((s, i) => s + scores[i]! - logZ, 0);
    });
    expect(loss).toBeCloseTo(each.reduce((a, b) => a + b, 0) / each.length, 4);
  });

  it("has no KL where z is a standard normal vector already, and all items alike cost their logarithm", async () => {
    const { task, weights } = worldTask(model, { ...small, klWeight: 1, annealing: 1 });
    for (const { data } of Object.values(weights)) data.fill(0);
    const { loss } = await stepOf(task, 5);
    const met = [0, 1, 2, 4].reduce((n, u) => n + itemsOf(u).length, 0);
    expect(loss).toBeCloseTo((met / 4) * Math.log(sizes.items), 5);
  });

  it("is the same in any parts, and so is its gradient", async () => {
    const [whole, parts] = [onePiece, { most: 2, least: 1 }].map((partSizes) =>
      worldTask(model, small, { partSizes }),
    );
    expect(parts!.task.epoch(0).batch(0).parts!.length).toBeGreaterThan(2);
    const [one, several] = [await stepOf(whole!.task), await stepOf(parts!.task)];
    expect(several.loss).toBeCloseTo(one.loss, 5);
    for (const name of ["items", "w2", "b3"])
      one.gradients[name]!.dense!.forEach((g, i) =>
        expect(several.gradients[name]!.dense![i]).toBeCloseTo(g, 5),
      );
  });
});

describe("beta", () => {
  it("grows with the steps, to its most", () => {
    const beta = [0, 10, 20, 30].map((steps) => klWeight({ klWeight: 0.2, annealing: 100 }, steps));
    expect(beta).toEqual([0, 0.1, 0.2, 0.2]);
  });

  it("counts the steps of all epochs", () => {
    const { task } = worldTask(model, { ...small, klWeight: 1, annealing: 100 }, { batchSize: 2 }); // two steps an epoch
    const fed = (epoch: number, step: number) => task.epoch(epoch).batch(step).feeds["kl.weight"]!.data[0];
    expect([fed(0, 0), fed(0, 1), fed(1, 0), fed(20, 1)]).toEqual([0, 0.01, 0.02, 0.41].map(Math.fround));
  });
});

it("noise follows from the epoch and the step: the same every time, another elsewhere", () => {
  const { task } = worldTask(model, small, { batchSize: 2 });
  const noise = (epoch: number, step: number) => task.epoch(epoch).batch(step).parts![0]!["noise"]!.data;
  expect(noise(1, 1)).toEqual(noise(1, 1));
  expect(noise(1, 0)).not.toEqual(noise(1, 1));
  expect(noise(1, 1)).not.toEqual(noise(2, 1));
});

describe("a history", () => {
  const options = model.options.parse(small);
  const { weights } = worldTask(model, small);
  const scores = async (...histories: number[][]) => {
    const scorer = await modelScorer({ model: model, options, weights, device: oneThread });
    const unknown = new Int32Array(histories.length).fill(-1);
    const data = Array.from(await scorer.score(unknown, histories.map((h) => Int32Array.from(h)))); // prettier-ignore
    return histories.map((_, b) => data.slice(b * sizes.items, (b + 1) * sizes.items));
  };
  const exact = (ones: number[]) =>
    matrixOf(weights["items"]!).map((row) => dot(vaeRow(weights, ones).vector, row));

  it("is a set: order and repetition change nothing", async () => {
    const [ordered, turned, repeated] = await scores([2, 5], [5, 2], [2, 5, 5, 2, 5]);
    exact([2, 5]).forEach((s, i) => {
      for (const found of [ordered, turned, repeated]) expect(found![i]).toBeCloseTo(s, 5);
    });
  });

  it("that is empty has the scores of an empty set, alone and beside others", async () => {
    const [alone] = await scores([]);
    const [beside] = await scores([], [1, 2, 3]);
    exact([]).forEach((s, i) => {
      expect(alone![i]).toBeCloseTo(s, 5);
      expect(beside![i]).toBeCloseTo(s, 5);
    });
  });
});
