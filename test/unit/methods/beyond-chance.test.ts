/** Consistency beyond chance: by hand, and against the sum over all pairs of lists. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromLists } from "../../../src/dataset/index.ts";
import { beyondChance, haveKin } from "../../../src/methods/beyond-chance.ts";
import { rbo } from "../../../src/methods/index.ts";
import { asShare } from "../../../src/methods/reliability.ts";
import type { ListSignal } from "../../../src/signals/index.ts";
import { rowsOf, type Query } from "../../contracts/lists-of.ts";

const signal = (queries: readonly Query[]) => rowsOf(queries) as ListSignal;
const o = { depth: 3, persistence: 0.9, prior: 0 };
/** Of items that are in no list. */
const train = fromLists(Array.from({ length: 20 }, () => [90, 91, 92, 93, 94, 95, 96, 97]));
const of = (queries: readonly Query[], overlap = o) =>
  Array.from(beyondChance(signal(queries), overlap, train));

const full = (user: number, list: number[]): Query => ({ user, end: 8, list });
const prefix = (user: number, end: number, list: number[]): Query => ({ user, end, view: "prefix", list });
const view = (base: number, user: number, list: number[]): Query => {
  return { user, start: 4, end: 8, view: "suffix", scale: 0.5, base, list };
};
const walk = (n: number, shown: number[], list: number[]): Query => {
  return { user: -1 - n, end: shown.length, view: "walk", shown, list };
};

describe("consistency beyond chance", () => {
  it("is 1 for a list that agrees with its kin alone, 0 for one that agrees as much with anybody", () => {
    const popular = [7, 8, 9];
    const queries = [
      full(0, [1, 2, 3]),
      view(0, 0, [1, 2, 3]),
      full(1, popular),
      view(2, 1, [4, 5, 6]),
      full(2, popular),
      view(4, 2, popular),
    ];
    const [sure, , fallen, , both] = of(queries);
    expect(sure).toBeCloseTo(1 - 1 / 5, 6); // of five other lists its view is one
    expect(fallen).toBe(0);
    expect(both).toBeCloseTo(1 - 2 / 5, 6); // two of them are the same: that is no news
  });

  it("compares with the next shorter and longer history, views and walks too, but not items alone", () => {
    const kin = [prefix(0, 3, [1, 2, 3]), prefix(0, 5, [4, 5, 6]), full(0, [1, 2, 3])];
    const [first, middle, last] = of(kin);
    expect([first, middle, last]).toEqual([0, 0, 0]); // first and last are no neighbours
    const walked = of([walk(0, [30], [1, 2, 3]), walk(0, [30, 31], [1, 2, 3]), walk(1, [32], [4, 5, 6])]);
    expect(walked[0]).toBeCloseTo(0.5, 6);
    expect(walked[2]).toBeNaN();
    const alone = [30, 31].map((item): Query => ({
      user: -1,
      end: 1,
      view: "item",
      shown: [item],
      list: [1],
    }));
    expect(of(alone)).toEqual([NaN, NaN]);
    expect([kin, alone].map((queries) => haveKin(signal(queries)))).toEqual([true, false]);
  });

  it("says nothing of views, and trusts no list of a teacher that says the same to everybody", () => {
    const queries = [full(0, [1, 2, 3]), view(0, 0, [1, 2, 3]), full(1, [1, 2, 3]), view(2, 1, [1, 2, 3])];
    expect(of(queries)).toEqual([0, NaN, 0, NaN]);
  });

  it("stands beside the kin of a list as many of mean agreement as the prior says", () => {
    const odd = [4, 5, 6];
    const queries = [
      full(0, [1, 2, 3]),
      view(0, 0, [1, 2, 3]),
      full(1, odd),
      view(2, 1, [7, 8, 9]), // its neighbour is the odd one
      full(2, [7, 8, 9]), // without kin
    ];
    const typical = (1 + 0) / 2;
    const [sure, , alone, , without] = of(queries, { ...o, prior: 0.5 });
    expect(sure).toBeCloseTo(1 - 1 / 4 / ((1 + 0.5 * typical) / 1.5), 6);
    expect(alone).toBe(1); // nobody's list is like it, its only kin's neither
    expect(without).toBeCloseTo(1 - 1 / 4 / typical, 6);
    expect(of(queries)).toEqual([expect.closeTo(1 - 1 / 4, 6), NaN, 0, NaN, NaN]);
  });

  it("doubts a list that others get, too, and not one whose neighbour is such a list", () => {
    const popular = [7, 8, 9];
    const own = (n: number) => [3 * n + 10, 3 * n + 11, 3 * n + 12];
    const people = Array.from({ length: 6 }, (_, n): [number[], number[]] => [own(n), own(n)]);
    const fallen: [number[], number[]][] = [
      [popular, own(6)],
      [own(7), popular],
    ];
    const queries = [...people, ...fallen].flatMap(([list, kin], n) => [full(n, list), view(2 * n, n, kin)]);
    const t = of(queries, { ...o, prior: 0.5 }).filter((_, s) => s % 2 === 0);
    expect(Math.min(...t.slice(0, 6), t[7]!)).toBeGreaterThan(0.9);
    expect(t[6]).toBeLessThan(0.8);
  });

  it("knows the mean overlap with all other lists as the sum over pairs has it", () => {
    const list = fc.uniqueArray(fc.nat(12), { minLength: 6, maxLength: 6 });
    const overlap = { depth: 5, persistence: 0.7, prior: 0 };
    fc.assert(
      fc.property(fc.array(list, { minLength: 3, maxLength: 8 }), (lists) => {
        const [base, ...others] = lists;
        const queries = [
          full(0, base!),
          view(0, 0, others[0]!),
          ...others.slice(1).map((l, n) => full(n + 1, l)),
        ];
        const with_ = (other: number[]) => rbo(base!, other, 5, 0.7);
        const chance = others.reduce((sum, other) => sum + with_(other), 0) / others.length;
        const own = with_(others[0]!);
        const expected = own === 0 ? 0 : Math.max(0, 1 - chance / own);
        expect(of(queries, overlap)[0]).toBeCloseTo(expected, 9);
      }),
    );
  });
});

describe("shares in the place of ranks", () => {
  it("give what is unknown the mean, and all the same where nothing can be told apart", () => {
    expect(asShare(Float64Array.of(0.25, NaN, 0.75))).toEqual({
      cbar: Float64Array.of(0.25, 0.5, 0.75),
      mean: 0.5,
    });
    const alike = { cbar: Float64Array.of(1, 1), mean: 1 };
    expect(asShare(Float64Array.of(0, 0))).toEqual(alike);
    expect(asShare(Float64Array.of(NaN, NaN))).toEqual(alike);
  });
});
