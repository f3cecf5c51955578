import { expect, test } from "vitest";
import { concatenateRows, datasetFromLists, makeShop, row, type Shop } from "../../../src/dataset/index.ts";

const shop = makeShop({ users: 1500, seed: 7 });
const dataset = datasetFromLists(shop.histories, { items: shop.options.items });
const known = concatenateRows(dataset.train, dataset.valid);

/** Mean NDCG@10 of the test items, seen items masked. */
function ndcg(score: (user: number, history: Int32Array) => ArrayLike<number>): number {
  const gains = shop.histories.map((_, user) => {
    const history = row(known, user);
    const target = row(dataset.test, user)[0]!;
    const scores = Float64Array.from(score(user, history));
    for (const item of history) scores[item] = -1;
    const rank = scores.filter(
      (s, item) => s > scores[target]! || (s === scores[target]! && item < target),
    ).length;
    return rank < 10 ? 1 / Math.log2(rank + 2) : 0;
  });
  return gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
}

test("the oracle is far above popularity", () => {
  const counts = new Float64Array(shop.options.items);
  for (const item of dataset.train.items) counts[item]!++;
  expect(ndcg((user, history) => shop.oracle(user, history))).toBeGreaterThan(0.3);
  expect(ndcg((user, history) => shop.oracle(user, history))).toBeLessThan(0.45);
  expect(ndcg(() => counts)).toBeLessThan(0.08);
});

test("lengths are long-tailed and nothing comes twice", () => {
  const { min, median, mean, max } = dataset.manifest.lengths;
  expect(min).toBe(4);
  expect(median).toBeGreaterThanOrEqual(8);
  expect(median).toBeLessThanOrEqual(12);
  expect(mean / median).toBeGreaterThan(1.3);
  expect(max).toBeGreaterThan(100);
  for (const history of shop.histories) expect(new Set(history).size).toBe(history.length);
});

test("the oracle gives probabilities over unseen items", () => {
  for (const history of [Int32Array.of(), Int32Array.of(3), Int32Array.of(3, 9, 11)]) {
    const p = shop.oracle(0, history);
    expect(p.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 12);
    expect(Array.from(history, (item) => p[item])).toEqual(Array.from(history, () => 0));
    expect(p.every((each, item) => each > 0 || history.includes(item))).toBe(true);
  }
});

test("the oracle's probabilities are those that generate: what it expects is what happens", () => {
  let [expected, happened, variance] = [0, 0, 0];
  for (const [user, history] of shop.histories.entries()) {
    for (let t = 0; t < Math.min(history.length, 8); t++) {
      const p = shop.oracle(user, history.subarray(0, t));
      const top = p.indexOf(Math.max(...p));
      expected += p[top]!;
      variance += p[top]! * (1 - p[top]!);
      if (history[t] === top) happened++;
    }
  }
  expect(Math.abs(happened - expected)).toBeLessThan(4 * Math.sqrt(variance));
});

test("the same seed gives the same shop, for the first users of a larger one too", () => {
  const first = (from: Shop) => from.histories.slice(0, 5).map((history) => [...history.subarray(0, 4)]);
  const again = makeShop({ users: 20, seed: 7 });
  expect(first(again)).toEqual(first(shop));
  expect(first(makeShop({ users: 20, seed: 8 }))).not.toEqual(first(shop));
  expect(datasetFromLists(again.histories).manifest.hash).toMatchInlineSnapshot(
    `"6127ef4f6a00d452f93ef88b9e9742ef7220ad03bda9461b68455e15f338128b"`,
  );
});
