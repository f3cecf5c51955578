import { describe, expect, it } from "vitest";
import { cdae, type Autoencoder } from "../../../src/models/index.ts";
import { modelScorer } from "../../../src/train/index.ts";
import {
  affine,
  dot,
  itemsOf,
  matrixOf,
  sizes,
  stepOf,
  worldTask,
} from "../../contracts/autoencoder-world.ts";
import { oneThread } from "../../contracts/graph-values.ts";
import { modelContract } from "../../contracts/model-contract.ts";
import { shopContract } from "../../contracts/shop-contract.ts";

const model = cdae as Autoencoder;
modelContract(model);
shopContract(model, [{ batchSize: 32 }], { fit: { learningRate: 0.02 } });

const { task, weights } = worldTask(model, { width: 3, negatives: 2 });
const table = (name: string) => matrixOf(weights[name]!);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** The scores of all items for a user's items and the user's vector. */
function exact(ones: readonly number[], user: readonly number[]): number[] {
  const x = Array.from({ length: sizes.items }, (_, i) => Number(ones.includes(i)));
  const bias = table("b1")[0]!.map((b, j) => b + user[j]!);
  const z = [...affine(x, table("encoder"), bias).map(sigmoid), 1];
  return table("items").map((row) => dot(z, row));
}

describe("the loss", () => {
  it("is the logistic one over a user's items and the drawn others, of a float64 reference", async () => {
    const { loss, fed } = await stepOf(task);
    const users = Array.from(fed["row.index"]!.data, Number);
    const chosen = Array.from(fed["chosen.columns"]!.data, Number);
    const width = chosen.length / users.length;
    const each = users.map((u, b) => {
      const scores = exact(itemsOf(u), table("users")[u]!);
      const n = itemsOf(u).length;
      const own = chosen.slice(b * width, b * width + 3 * n);
      expect(own.slice(0, n).sort()).toEqual(itemsOf(u).sort());
      for (const item of own.slice(n)) expect(itemsOf(u)).not.toContain(item);
      return own.reduce((s, item, at) => s - Math.log(sigmoid((at < n ? 1 : -1) * scores[item]!)), 0);
    });
    expect(loss).toBeCloseTo(each.reduce((a, b) => a + b, 0) / users.length, 4);
  });

  it("draws others in every step and epoch, the same every time", () => {
    const drawn = (epoch: number) => task.epoch(epoch).batch(0).parts![0]!["chosen.columns"]!.data;
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
  });
});

it("a known user has a vector of their own, an unknown one none; a history may be empty", async () => {
  const options = model.options.parse({ width: 3 });
  const scorer = await modelScorer({ model: model, options, weights, device: oneThread });
  const histories = [[2, 5], [2, 5], [], []].map((h) => Int32Array.from(h)); // prettier-ignore
  const found = Array.from(await scorer.score(Int32Array.of(1, -1, 1, -1), histories));
  const [own, none] = [table("users")[1]!, [0, 0, 0]];
  const expected = [exact([2, 5], own), exact([2, 5], none), exact([], own), exact([], none)].flat();
  expected.forEach((s, i) => expect(found[i]).toBeCloseTo(s, 5));
});
