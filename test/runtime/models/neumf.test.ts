import { describe, expect, it } from "vitest";
import { rankByTables } from "../../../src/evaluate/index.ts";
import { input } from "../../../src/graph/index.ts";
import { leavesOf, neumf, type Parameters, type UserModel } from "../../../src/models/index.ts";
import { Random } from "../../../src/random.ts";
import { modelScorer } from "../../../src/train/index.ts";
import { differences, drawn, gradientOf, inFloat64, oneThread, value } from "../../contracts/graph-values.ts";
import { modelContract } from "../../contracts/model-contract.ts";

const model = neumf as UserModel;
modelContract(model, { fit: { weightDecay: 1e-3 } });

/** As large as trained ones. */
function drawnWeights(sizes: { users: number; items: number }, options: Record<string, unknown>): Parameters {
  const fresh = Object.entries(model.parameters(sizes, options, new Random(1)));
  return Object.fromEntries(
    fresh.map(([name, { shape }], n) => [name, { shape, data: Float32Array.from(drawn(shape, n).data) }]),
  );
}

/** NeuMF in plain loops and float64, from its equations. */
function reference(w: Parameters, d: number, layers: number, u: readonly number[], item: number): number {
  const at = (name: string) => Array.from(w[name]!.data);
  const q = at("items").slice(2 * d * item, 2 * d * (item + 1));
  const linear = (x: readonly number[], matrix: readonly number[], bias: readonly number[]) =>
    bias.map((b, c) => x.reduce((s, v, r) => s + v * matrix[r * bias.length + c]!, b));
  const relu = (x: readonly number[]) => x.map((v) => Math.max(0, v));
  let z = relu(linear([...u.slice(d), ...q.slice(d)], [...at("wu"), ...at("wi")], at("b.1")));
  for (let l = 2; l <= layers; l++) z = relu(linear(z, at(`w.${l}`), at(`b.${l}`)));
  const product = u.slice(0, d).map((x, j) => x * q[j]!);
  const h = [...at("hg"), ...at("hz")];
  return [...product, ...z].reduce((s, x, j) => s + x * h[j]!, at("b")[0]!);
}

describe.each([1, 2, 3])("with %i layers", (layers) => {
  const [d, sizes] = [5, { users: 3, items: 4 }];
  const options = model.options.parse({ width: d, layers, maxLength: 4 });
  const weights = drawnWeights(sizes, options);
  const userRow = (u: number) => Array.from(weights["users"]!.data.subarray(2 * d * u, 2 * d * (u + 1)));
  const itemRow = (i: number) => Array.from(weights["items"]!.data.subarray(2 * d * i, 2 * d * (i + 1)));
  const given = {
    ...Object.fromEntries(Object.entries(weights).map(([n, w]) => [n, value(Array.from(w.data), w.shape)])),
    u: value([2, 0]),
    i: value([1, 0, 3, 2, 3, 3], [2, 3]),
  };
  const leaves = leavesOf(weights);
  const loss = model.pairLoss!(leaves, options, input("u", ["N"], "int32"), input("i", ["N", 3], "int32"));

  it("scores are the equations', of known users and of the mean of a history", async () => {
    const scorer = await modelScorer({ model, options, weights, device: oneThread });
    const histories = [[1], [], [3, 0]].map((list) => Int32Array.from(list));
    const scores = await scorer.score(Int32Array.of(0, 2, -1), histories);
    const mean = itemRow(3).map((x, j) => (x + itemRow(0)[j]!) / 2);
    [userRow(0), userRow(2), mean].forEach((u, b) => {
      for (let i = 0; i < sizes.items; i++)
        expect(scores[b * sizes.items + i]).toBeCloseTo(reference(weights, d, layers, u, i), 4);
    });
  });

  it("the loss is the cross-entropy of seen and unseen items", () => {
    const pairs: [number, [number, number, number]][] = [[2, [1, 0, 3]], [0, [2, 3, 3]]]; // prettier-ignore
    const each = pairs.map(([u, [seen, ...unseen]]) => {
      const p = (i: number) => 1 / (1 + Math.exp(-reference(weights, d, layers, userRow(u), i)));
      return -Math.log(p(seen)) - unseen.reduce<number>((s, i) => s + Math.log(1 - p(i)), 0);
    });
    expect(inFloat64(loss, given)[0]).toBeCloseTo((each[0]! + each[1]!) / 2, 8);
  });

  it("the loss has the gradient of finite differences", () => {
    for (const name of Object.keys(weights)) {
      const found = inFloat64(gradientOf(loss, leaves[name]!), given);
      differences(loss, name, given).forEach((e, n) =>
        expect(Math.abs(found[n]! - e), `${name} ${n}`).toBeLessThan(1e-5 * (1 + Math.abs(e))),
      );
    }
  });
});

it("is ranked by tables with one layer, of known users and of others", async () => {
  const [d, sizes] = [5, { users: 3, items: 40 }];
  const options = model.options.parse({ width: d, maxLength: 4 });
  const weights = drawnWeights(sizes, options);
  const scorer = await modelScorer({ model, options, weights, device: oneThread });
  const [users, histories] = [Int32Array.of(2, -1), [[1], [3, 0]].map((list) => Int32Array.from(list))];
  const [k, masked] = [40, [{ offsets: Int32Array.of(0, 0, 0, 0), items: new Int32Array(0) }]];
  const tables = await scorer.tables!(users, histories);
  const { best } = await rankByTables({ tables, users: Int32Array.of(0, 1), masked, k }, oneThread);
  const scores = await scorer.score(users, histories);
  for (const n of [0, 1]) {
    const score = (item: number) => scores[n * k + item]!;
    const order = Array.from({ length: k }, (_, i) => i).sort((a, b) => score(b) - score(a));
    expect(Array.from(best.subarray(n * k, (n + 1) * k))).toEqual(order);
  }
  weights["items"]!.data[2 * d * 6 + d] = NaN; // of item 6, in the half that the network reads
  const broken = { tables: await scorer.tables!(users, histories), users: Int32Array.of(0, 1), masked, k };
  await expect(rankByTables(broken, oneThread)).rejects.toThrow("item 6 for user 0: expected a number");
  const deep = model.options.parse({ width: d, layers: 2, maxLength: 4 });
  const given = { model, options: deep, weights: drawnWeights(sizes, deep), device: oneThread };
  expect((await modelScorer(given)).tables).toBeUndefined();
});

it("scores a catalogue of several pieces", async () => {
  const [d, items] = [2, 2 ** 15 + 3];
  const options = model.options.parse({ width: d });
  const weights = drawnWeights({ users: 2, items }, options);
  const scorer = await modelScorer({ model, options, weights, device: oneThread });
  const scores = await scorer.score(Int32Array.of(1), [Int32Array.of(0)]);
  expect(scores).toHaveLength(items);
  const u = Array.from(weights["users"]!.data.subarray(4, 8));
  for (const i of [0, 2 ** 15 - 1, 2 ** 15, items - 1])
    expect(scores[i]).toBeCloseTo(reference(weights, d, 1, u, i), 4);
});
