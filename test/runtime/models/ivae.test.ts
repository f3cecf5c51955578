import { expect, it } from "vitest";
import { evaluate, protocolNamed } from "../../../src/evaluate/index.ts";
import { drive } from "../../../src/events.ts";
import { ivae, type Autoencoder, type Model } from "../../../src/models/index.ts";
import {
  dot,
  matrixOf,
  sizes,
  stepOf,
  usersOf,
  vaeRow,
  worldTask,
} from "../../contracts/autoencoder-world.ts";
import { modelContract } from "../../contracts/model-contract.ts";
import { shopContract } from "../../contracts/shop-contract.ts";
import { checkerboard, tinyLearn } from "../../contracts/tiny-run.ts";

const model = ivae as Autoencoder;
modelContract(model as Model, { modelOptions: { hidden: 32 } });
shopContract(model as Model, [{ batchSize: 8 }], { modelOptions: { hidden: 48 } });

const small = { width: 2, hidden: 3 };

it("the table of items is what the weights make of each item's users; nobody's item has a vector too", async () => {
  const { task, weights } = worldTask(model, small);
  await task.refresh!();
  const { users, items } = task.exported!;
  expect(users).toBe(weights["users"]);
  const found = matrixOf(items!);
  expect(found).toHaveLength(sizes.items);
  found.forEach((vector, i) => {
    const exact = vaeRow(weights, usersOf(i)).vector;
    vector.forEach((x, j) => expect(x).toBeCloseTo(exact[j]!, 5));
  });
  const before = [...items!.data];
  weights["b3"]!.data.fill(2);
  await task.refresh!();
  expect([...items!.data]).not.toEqual(before);
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
    const logZ = Math.log(scores.reduce((s, x) => s + Math.exp(x), 0));
    return -usersOf(i).reduce((s, u) => s + scores[u]! - logZ, 0);
  });
  expect(loss).toBeCloseTo(each.reduce((a, b) => a + b, 0) / items.length, 4);
});

it("is validated as the last step left it, and ends with the tables of the best epoch", async () => {
  const dataset = checkerboard();
  const run = { model: model as Model, dataset, modelOptions: { hidden: 8 }, taskOptions: { batchSize: 4 } };
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
