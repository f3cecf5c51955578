import { expect, it } from "vitest";
import { evaluate, protocolNamed } from "../../../src/evaluate/index.ts";
import { drive } from "../../../src/events.ts";
import { ivae, type Autoencoder } from "../../../src/models/index.ts";
import { modelScorer } from "../../../src/train/index.ts";
import {
  dot,
  matrixOf,
  sizes,
  stepOf,
  usersOf,
  vaeRow,
  worldTask,
} from "../../contracts/autoencoder-world.ts";
import { oneThread } from "../../contracts/graph-values.ts";
import { modelContract } from "../../contracts/model-contract.ts";
import { shopContract } from "../../contracts/shop-contract.ts";
import { checkerboard, tinyLearn } from "../../contracts/tiny-run.ts";

const model = ivae as Autoencoder;
modelContract(model, { modelOptions: { hidden: 32 } });
shopContract(model, [{ batchSize: 8 }], { modelOptions: { hidden: 48 } });

const small = { width: 2, hidden: 3 };

const logSum = (scores: readonly number[]) => Math.log(scores.reduce((s, x) => s + Math.exp(x), 0));

it("the table of items is what the weights make of each item's users; nobody's item has a row too", async () => {
  const { task, weights } = worldTask(model, small);
  await task.refresh!();
  const { users, items } = task.exported!;
  expect(users).toBe(weights["users"]);
  const found = matrixOf(items!);
  expect(found).toHaveLength(sizes.items);
  found.forEach((row, i) => {
    const { vector } = vaeRow(weights, usersOf(i));
    const everybody = logSum(matrixOf(users!).map((w) => dot(vector, w)));
    const exact = [...vector.slice(0, 3), Math.log(usersOf(i).length || 0.5) - everybody];
    row.forEach((x, j) => expect(x).toBeCloseTo(exact[j]!, 5));
  });
  const before = [...items!.data];
  weights["b3"]!.data.fill(2);
  await task.refresh!();
  expect([...items!.data]).not.toEqual(before);
});

it("a score is how many of an item's interactions are expected to be the user's, but for a number per user", async () => {
  const { task, weights } = worldTask(model, small);
  await task.refresh!();
  const options = model.options.parse(small);
  const scorer = await modelScorer({ model, options, weights: task.exported!, device: oneThread });
  const found = await scorer.score(Int32Array.of(2, -1), [Int32Array.of(0), Int32Array.of(1, 5)]);
  const table = matrixOf(weights["users"]!);
  for (let i = 0; i < sizes.items; i++) {
    const logits = table.map((w) => dot(vaeRow(weights, usersOf(i)).vector, w));
    const expected = (usersOf(i).length || 0.5) * Math.exp(logits[2]! - logSum(logits));
    expect(found[i]).toBeCloseTo(Math.log(expected) - table[2]![3]!, 4);
  }
  const rows = matrixOf(task.exported!["items"]!).map((row) => row.slice(0, 3));
  const mean = rows[1]!.map((x, j) => (x + rows[5]![j]!) / 2);
  rows.forEach((row, i) => expect(found[sizes.items + i]).toBeCloseTo(dot(row, mean), 4));
});

it("the loss is Mult-VAE's over the users of each item that somebody met", async () => {
  const { task, weights } = worldTask(model, { ...small, klWeight: 0 });
  const { loss, fed } = await stepOf(task);
  const items = Array.from(fed["row.index"]!.data, Number);
  expect([...items].sort()).toEqual([0, 1, 2, 3, 5]);
  const each = items.map((i, b) => {
    const noise = Array.from(fed["noise"]!.data.subarray(2 * b, 2 * b + 2), Number);
    const scores = matrixOf(weights["users"]!).map((row) =>
      dot(vaeRow(weights, usersOf(i), noise).vector, row),
    );
    const logZ = logSum(scores);
    return -usersOf(i).reduce((s, u) => s + scores[u]! - logZ, 0);
  });
  expect(loss).toBeCloseTo(each.reduce((a, b) => a + b, 0) / items.length, 4);
});

it("is validated as the last step left it, and ends with the tables of the best epoch", async () => {
  const dataset = checkerboard();
  const run = { model: model, dataset, modelOptions: { hidden: 8 }, taskOptions: { batchSize: 4 } };
  const { bestValue, bestEpoch, epochs, scorer, weights } = await tinyLearn({
    ...run,
    fit: { epochs: 30, patience: 3, learningRate: 0.05 },
  });
  const protocol = protocolNamed("sasrec-full-valid");
  const { metrics } = await drive(evaluate({ scorer, data: dataset, protocol }));
  expect(metrics["ndcg@10"]).toBe(bestValue);
  expect(bestEpoch).toBeLessThan(epochs);
  const again = await tinyLearn({ ...run, fit: { epochs: bestEpoch, patience: 30, learningRate: 0.05 } });
  expect(weights).toEqual(again.weights);
  expect(Object.keys(weights).sort()).toEqual(["items", "users"]);
});
