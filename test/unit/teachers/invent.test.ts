import { describe, expect, test } from "vitest";
import { row } from "../../../src/dataset/index.ts";
import { Random } from "../../../src/random.ts";
import {
  autoregressive,
  GrowingHistories,
  inventedLengths,
  planPrefixes,
  randomHistories,
  walks,
} from "../../../src/teachers/invent.ts";

const options = (budget: number, seed = 1) => ({
  budget,
  maxLength: 4,
  items: 9,
  random: new Random(seed),
});

test("a budget is spent on whole histories, and what is left on a shorter one", () => {
  expect(inventedLengths(options(8))).toEqual([4, 4]);
  expect(inventedLengths(options(9))).toEqual([4, 4, 1]);
  expect(inventedLengths(options(3))).toEqual([3]);
});

describe("random histories", () => {
  test("are the same for a seed, and go on where a smaller budget ended", () => {
    const [few, many] = [randomHistories(options(6)), randomHistories(options(40))];
    expect(randomHistories(options(6))).toEqual(few);
    expect(randomHistories(options(6, 2))).not.toEqual(few);
    expect(few[0]).toEqual(many[0]);
    expect(few[1]).toEqual(many[1]!.slice(0, 2));
    expect(new Set(many.flat())).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8]));
  });

  test("are asked prefix by prefix; equal ones once", () => {
    const { rows, query, first } = planPrefixes([
      [7, 3],
      [7, 4],
    ]);
    expect(rows.view).toEqual(["prefix", "full", "prefix", "full"]);
    expect([0, 1, 2, 3].map((r) => Array.from(row(rows.histories!, r)))).toEqual([[7], [7, 3], [7], [7, 4]]);
    expect([...rows.user]).toEqual([0, 0, 1, 1]);
    expect([...rows.end]).toEqual([1, 2, 1, 2]);
    expect([...query]).toEqual([0, 1, 0, 2]);
    expect([...first]).toEqual([0, 1, 3]);
  });
});

describe("growing histories", () => {
  const next = (history: readonly number[]) => [(history.at(-1)! + 1) % 9, (history.at(-1)! + 2) % 9];

  test("take an item of each answer until they are as long as wanted", () => {
    const growing = new GrowingHistories(autoregressive(options(9)));
    expect(growing.wanted).toBe(9);
    const rounds = [];
    for (let plan = growing.round(); plan.first.length > 0; plan = growing.round()) {
      rounds.push(plan.rows.user.length);
      growing.grow(next);
    }
    expect(rounds).toEqual([3, 2, 2, 2]); // the third has one item
    expect(growing.wanted).toBe(0);
    expect(growing.histories.map(({ length }) => length)).toEqual([4, 4, 1]);
    for (const history of growing.histories)
      history.slice(1).forEach((item, t) => expect(next(history.slice(0, t + 1))).toContain(item));
  });

  test("take every item of a list in time", () => {
    const grown = Array.from({ length: 40 }, (_, seed) => {
      const growing = new GrowingHistories(autoregressive(options(2, seed)));
      growing.grow(() => [3, 5, 8]);
      return growing.histories[0]![1];
    });
    expect(new Set(grown)).toEqual(new Set([3, 5, 8]));
  });

  test("end where there is no answer, the others go on", () => {
    const growing = new GrowingHistories(autoregressive(options(8)));
    const lost = growing.histories[0]![0];
    growing.grow((history) => (history[0] === lost ? [] : [1]));
    expect(growing.histories[0]).toEqual([lost]);
    expect([...growing.round().rows.user]).toEqual([1]);
  });
});

describe("walks", () => {
  const grown = (budget: number) => {
    const growing = new GrowingHistories(walks({ budget, items: 9, random: new Random(1) }));
    while (growing.round().first.length > 0)
      growing.grow((history) => Array.from({ length: 50 }, (_, i) => 100 * history.length + i));
    return growing.histories;
  };

  test("begin with every item as often as with any other, and have three items but for the last", () => {
    const histories = grown(2 * 27 + 5);
    expect(histories.map(({ length }) => length)).toEqual([...Array<number>(19).fill(3), 2]);
    const every = [0, 1, 2, 3, 4, 5, 6, 7, 8];
    for (const round of [0, 9])
      expect(
        histories
          .slice(round, round + 9)
          .map(([first]) => first)
          .sort(),
      ).toEqual(every);
  });

  test("go on with one of the first twenty of a list, each in time, and are the same for a larger budget", () => {
    const histories = grown(1200);
    expect(new Set(histories.map(([, second]) => second))).toEqual(
      new Set(Array.from({ length: 20 }, (_, i) => 100 + i)),
    );
    expect(histories.slice(0, 20)).toEqual(grown(60));
  });
});
