import fc from "fast-check";
import { expect, it } from "vitest";
import { Ranker } from "../../../src/evaluate/ranker.ts";
import { Random } from "../../../src/random.ts";

/** The definition, spelled out: sort all candidates by score, then by item. */
function sortedCandidates(scores: Float32Array, masked: readonly number[]): number[] {
  const candidates = [...scores.keys()].filter((i) => !masked.includes(i) && scores[i] !== -Infinity);
  return candidates.sort((a, b) => (scores[a] === scores[b] ? a - b : scores[a]! < scores[b]! ? 1 : -1));
}

const item = fc.integer({ min: 0, max: 11 });
const score = fc.constantFrom(-Infinity, -1, 0, 0.5, 0.5, 2, Infinity);
const user = fc.record({
  scores: fc.array(score, { minLength: 12, maxLength: 12 }).map((s) => Float32Array.from(s)),
  masked: fc.array(item, { maxLength: 6 }),
  targets: fc.array(item, { maxLength: 5 }),
});

it("agrees with a full sort, ties and masks included, from user to user", () => {
  fc.assert(
    fc.property(fc.array(user, { minLength: 1, maxLength: 4 }), (users) => {
      const ranker = new Ranker(12, 5);
      users.forEach(({ scores, masked, targets }, u) => {
        const order = sortedCandidates(scores, masked);
        ranker.open(u, scores, [Int32Array.from(masked)]);
        const ranks = [...new Set(targets)].map((t) => (order.includes(t) ? order.indexOf(t) + 1 : Infinity));
        expect([...ranker.ranks(Int32Array.from(targets))]).toEqual(ranks.sort((a, b) => a - b));
        const best = new Int32Array(5);
        const size = ranker.top(best);
        expect([...best.subarray(0, size)]).toEqual(order.slice(0, 5));
      });
    }),
  );
});

it("gives long lists and the places of all items as a full sort does", () => {
  const random = new Random(3);
  const items = 700;
  const ranker = new Ranker(items, 400);
  const [best, places] = [new Int32Array(400), new Int32Array(items)];
  for (const [distinct, masked] of [
    [1e6, 20],
    [9, 20],
    [9, 500],
  ] as const) {
    const scores = Float32Array.from({ length: items }, () => random.integer(distinct) - distinct / 2);
    const mask = random.sample(items, masked);
    const order = sortedCandidates(scores, Array.from(mask));
    ranker.open(0, scores, [mask]);
    const size = ranker.top(best);
    expect([...best.subarray(0, size)]).toEqual(order.slice(0, 400));
    ranker.places(places);
    expect(order.map((item) => places[item])).toEqual([...order.keys()]);
  }
});

it("complains of a score that is not a number", () => {
  expect(() => new Ranker(2, 1).open(7, Float32Array.of(1, NaN), [])).toThrow(
    "the model's score of item 1 for user 7: expected a number, got NaN. Train the model again",
  );
});
