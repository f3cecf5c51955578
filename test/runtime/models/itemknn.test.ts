import { describe, expect, it } from "vitest";
import { itemknn, type FittedModel } from "../../../src/models/index.ts";
import { Random } from "../../../src/random.ts";
import { modelScorer } from "../../../src/train/index.ts";
import { oneThread } from "../../contracts/graph-values.ts";
import { modelContract } from "../../contracts/model-contract.ts";

const model = itemknn as FittedModel;
modelContract(model);

/** Item 8 was met by nobody, item 7 by one who met nothing else; one pair is given twice. */
const random = new Random(4);
const lists = [...Array.from({ length: 12 }, (_, u) => [...random.sample(7, 1 + (u % 5))]), [7], [0, 0, 3]];
const sizes = { users: lists.length, items: 9 };
const met = {
  user: Int32Array.from(lists.flatMap((list, u) => list.map(() => u))),
  item: Int32Array.from(lists.flat()),
};
const users = (...items: number[]) => lists.filter((list) => items.every((i) => list.includes(i))).length;

/** The scores of a history from the equations, over all pairs of items. */
function reference(history: readonly number[], k: number, shrink: number): number[] {
  const scores = new Array<number>(sizes.items).fill(0);
  for (const j of new Set(history)) {
    const all = scores.map((_, i) => {
      return { i, sim: i === j ? 0 : users(i, j) / (Math.sqrt(users(i) * users(j)) + shrink || 1) };
    });
    all.sort((a, b) => b.sim - a.sim || a.i - b.i);
    for (const { i, sim } of all.slice(0, k)) scores[i]! += sim;
  }
  return scores;
}

async function scorerOf(neighbours: number, shrink: number) {
  const options = model.options.parse({ neighbours, shrink });
  return modelScorer({ model, options, weights: model.fit(met, sizes, options), device: oneThread });
}

describe.each([
  [1, 0],
  [3, 0],
  [3, 2.5],
  [100, 1],
])("%i neighbours, shrink %d", (neighbours, shrink) => {
  it("scores are the equations', a repeated item counts once", async () => {
    const histories = [[1], [0, 3, 0, 0], [6, 5, 4, 3, 2, 1, 0], [2, 7, 8]];
    const scorer = await scorerOf(neighbours, shrink);
    const scores = await scorer.score(
      new Int32Array(4),
      histories.map((h) => Int32Array.from(h)),
    );
    histories.forEach((history, b) =>
      reference(history, neighbours, shrink).forEach((e, i) =>
        expect(scores[b * sizes.items + i], `${b} ${i}`).toBeCloseTo(e, 5),
      ),
    );
  });
});

it("who has met nothing, or what is like nothing, leaves all scores at 0", async () => {
  const scorer = await scorerOf(3, 0);
  const scores = await scorer.score(
    new Int32Array(3),
    [[], [8], [7]].map((h) => Int32Array.from(h)),
  );
  expect(Array.from(scores)).toEqual(new Array(27).fill(0));
});

it("a catalogue of one item has no neighbours", async () => {
  const options = model.options.parse({});
  const one = { user: Int32Array.of(0), item: Int32Array.of(0) };
  const weights = model.fit(one, { users: 1, items: 1 }, options);
  const scorer = await modelScorer({ model, options, weights, device: oneThread });
  expect(Array.from(await scorer.score(Int32Array.of(0), [Int32Array.of(0)]))).toEqual([0]);
});
