import { expect, it } from "vitest";
import { fromLists } from "../../../src/dataset/index.ts";
import { Ensemble } from "../../../src/methods/ensemble.ts";
import { recalls } from "../../../src/methods/mtd.ts";
import { scoresOf } from "../../../src/methods/on-ensemble.ts";
import { signalOfLists, trajectoryWorld } from "../../contracts/trajectory-world.ts";

const early = [[5, 6], [1]];
const a = [[0, 1, 2], []];
const b = [
  [2, 0, 3],
  [4, 5],
];
const signal = signalOfLists([[early, a], [early, b]], 3, [[[0], [1, 0, 2]], [[0], [2, -1, 0]]], 30); // prettier-ignore
const r = (place: number) => Math.exp(-place / 10);

it("sums what every teacher's list says, at each user's states", () => {
  const ensemble = new Ensemble(signal, 10, { decay: 10, consistency: false });
  const { items, importance } = ensemble.best(2, 4);
  expect(Array.from(items)).toEqual([0, 2, 1, 3, 4, 5, -1, -1]);
  const expected = [r(0) + r(1), r(2) + r(0), r(1), r(2), r(0), r(1), 0, 0];
  importance.forEach((found, n) => expect(found).toBeCloseTo(expected[n]!, 6));
  const mixed = ensemble.best(2, 3, (x, u) => (x === 0 || u === 1 ? 0 : 1));
  expect(Array.from(mixed.items)).toEqual([5, 2, 6, 1, -1, -1]); // equals: the earlier teacher first
  expect(Array.from(ensemble.best(2, 4).items)).toEqual(Array.from(items));
});

it("adds steadiness, and counts teachers by weight", () => {
  const steady = new Ensemble(signal, 10, { decay: 10, consistency: true }).best(2, 1);
  expect(steady.importance[0]).toBeCloseTo(r(0) + r(1) + 2 * Math.exp(-0.3), 6);
  const weighted = new Ensemble(signal, 10, { decay: 10, consistency: false, weights: [0, 2] }).best(2, 3);
  expect(Array.from(weighted.items)).toEqual([2, 0, 3, 4, 5, -1]);
  expect(weighted.importance[0]).toBeCloseTo(2, 6);
});

it("orders a user's own items by the last states, an unknown place counting nothing", () => {
  const own = new Ensemble(signal, 10, { decay: 10, consistency: false });
  const train = fromLists([[7, 8, 9], []]);
  // item 7: places 1 and 2, item 8: 0 and unknown, item 9: 2 and 0
  expect(Array.from(own.bestOwn(train, 2))).toEqual([9, 7, -1, -1]);
  expect(Array.from(own.bestOwn(fromLists([[7, 7, 9], []]), 3))).toEqual([9, 7, -1, -1, -1, -1]);
});

it("as scores: the list, then the other items by number; 0 where nobody lists one", async () => {
  const best = new Ensemble(signal, 6, { decay: 10, consistency: false }).best(2, 6);
  const scores = scoresOf(best, 2, 6);
  expect(Array.from(await scores.top(5, { unseen: true }))).toEqual([0, 2, 1, 3, -1, 4, 5, -1, -1, -1]);
  expect(Array.from(await scores.top(9))).toEqual([0, 2, 1, 3, 4, 5, 4, 5, 0, 1, 2, 3]);
  const found = await scores.of(Int32Array.of(3, 5, 4, 0), 2);
  [r(2), 0, r(0), 0].forEach((expected, n) => expect(found[n]).toBeCloseTo(expected, 6));
});

it("measures teachers by recall on validation items", async () => {
  const { sides } = await trajectoryWorld();
  const given = { ...sides, teacher: signal, users: 2, valid: fromLists([[0, 9], [5]]) };
  expect(recalls(given, 3)).toEqual([0.25, 0.75]);
  expect(recalls(given, 1)).toEqual([0.25, 0]);
  expect(recalls({ ...given, valid: fromLists([[], []]) }, 3)).toEqual([0, 0]);
});
