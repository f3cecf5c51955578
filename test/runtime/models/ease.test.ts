import { describe, expect, it } from "vitest";
import { ease, type FittedModel } from "../../../src/models/index.ts";
import { Random } from "../../../src/random.ts";
import { modelScorer } from "../../../src/train/index.ts";
import { oneThread } from "../../contracts/graph-values.ts";
import { modelContract } from "../../contracts/model-contract.ts";

const model = ease as FittedModel;
modelContract(model);

/** Item i is met by about as many users as i says, but 0 by nobody; one pair is given twice. */
const random = new Random(4);
const items = 9;
const lists = Array.from({ length: 30 }, () => [1, 2, 3, 4, 5, 6, 7, 8].filter((i) => random.integer(9) < i));
lists[0]!.push(lists[0]![0]!);
const sizes = { users: lists.length, items };
const met = {
  user: Int32Array.from(lists.flatMap((list, u) => list.map(() => u))),
  item: Int32Array.from(lists.flat()),
};

const fitted = (most: number, regularisation = 3) => {
  const options = model.options.parse({ most, regularisation });
  const weights = model.fit(met, sizes, options);
  return { weights, scorer: modelScorer({ model, options, weights, device: oneThread }) };
};

describe.each([9, 6])("a map of %i items", (m) => {
  const { weights, scorer } = fitted(m);
  const place = Array.from(weights["place"]!.data);
  const inside = [...place.keys()].filter((i) => place[i]! < m);
  const b = (i: number, j: number) => weights["map"]!.data[place[i]! * m + place[j]!]!;

  it("is of the items that most users met", () => {
    const count = (i: number) => lists.filter((list) => list.includes(i)).length;
    const least = Math.min(...inside.map(count));
    const outside = [...place.keys()].filter((i) => place[i] === m);
    expect(inside).toHaveLength(m);
    for (const i of outside) expect(count(i)).toBeLessThanOrEqual(least);
  });

  it("is where the loss is least: its slopes off the diagonal are 0, the diagonal is 0", () => {
    const both = (i: number, j: number) =>
      lists.filter((list) => list.includes(i) && list.includes(j)).length;
    for (const i of inside)
      for (const j of inside) {
        if (i === j) expect(b(i, j)).toBe(0);
        else {
          const explained = inside.reduce((s, k) => s + both(i, k) * b(k, j), 0);
          expect(both(i, j) - explained - 3 * b(i, j), `${i} ${j}`).toBeCloseTo(0, 4);
        }
      }
  });

  it("scores what a history holds, each item once; the other items stand below", async () => {
    const histories = [[8], [8, 5, 8, 0], [0], []];
    const scores = await (
      await scorer
    ).score(
      new Int32Array(4),
      histories.map((h) => Int32Array.from(h)),
    );
    histories.forEach((history, h) => {
      const known = [...new Set(history)].filter((i) => inside.includes(i));
      const exact = place.map((at, j) => (at < m ? known.reduce((s, i) => s + b(i, j), 0) : Infinity));
      const below = Math.min(...exact) - 1;
      exact.forEach((e, j) => expect(scores[h * items + j]).toBeCloseTo(e === Infinity ? below : e, 5));
    });
  });
});

it("an item that nobody met is neither recommended nor says anything", () => {
  const { weights } = fitted(9);
  const at = weights["place"]!.data[0]!;
  for (let n = 0; n < 9; n++)
    expect([weights["map"]!.data[9 * at + n], weights["map"]!.data[9 * n + at]].map((x) => x! + 0)).toEqual([
      0, 0,
    ]);
});

it("says how many items fit before it takes the memory", () => {
  const options = model.options.parse({ most: 20_000 });
  expect(() => model.fit(met, { users: 30, items: 30_000 }, options)).toThrow(
    "ease option most: expected so few items that their map is made in 2.0 GiB, got 20000, which take 4.5 GiB. Set most to at most 13377",
  );
});
