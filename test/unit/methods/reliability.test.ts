/** Consistency under probing, by hand. */
import { describe, expect, it } from "vitest";
import { byRank, consistency, rbo } from "../../../src/methods/index.ts";
import { reliability } from "../../../src/methods/reliability.ts";
import { planQueries } from "../../../src/teachers/index.ts";
import { datasetFromLists, fromLists } from "../../../src/dataset/index.ts";
import { Random } from "../../../src/random.ts";
import type { ListSignal, View } from "../../../src/signals/index.ts";
import { rowsOf, type Query } from "../../contracts/lists-of.ts";

const signal = (queries: readonly Query[]) => rowsOf(queries) as ListSignal;
const o = { depth: 20, persistence: 0.9, prior: 0.5 };
/** Of items that are in no list. */
const train = fromLists(Array.from({ length: 20 }, () => [90, 91, 92, 93, 94, 95, 96, 97]));

describe("rank-biased overlap", () => {
  it("is 1 for equal lists and 0 for disjoint ones", () => {
    expect(rbo([3, 1, 2], [3, 1, 2], 20, 0.9)).toBeCloseTo(1, 12);
    expect(rbo([1, 2, 3], [4, 5, 6], 20, 0.9)).toBe(0);
  });

  it("is known by hand, and the same both ways", () => {
    // agreement at depths 1, 2, 3: 0, 2/2, 2/3; weights 1, 1/2, 1/4
    const known = (0.5 * 1 + 0.25 * (2 / 3)) / 1.75;
    expect(rbo([1, 2, 3], [2, 1, 4], 3, 0.5)).toBeCloseTo(known, 12);
    expect(rbo([2, 1, 4], [1, 2, 3], 3, 0.5)).toBeCloseTo(known, 12);
  });

  it("weighs the top most, and reads no further than its depth", () => {
    expect(rbo([1, 2, 3, 4], [1, 2, 9, 8], 4, 0.9)).toBeGreaterThan(rbo([1, 2, 3, 4], [9, 8, 3, 4], 4, 0.9));
    expect(rbo([1, 2, 3], [1, 2, 9], 2, 0.9)).toBeCloseTo(1, 12);
  });

  it("counts what a short list lacks as disagreement, and nothing for two empty ones", () => {
    expect(rbo([1, 2], [1], 20, 0.5)).toBeCloseTo((1 + 0.5 * 0.5) / 1.5, 12);
    expect(rbo([1, 2], [], 20, 0.5)).toBe(0);
    expect(rbo([], [], 20, 0.5)).toBe(0);
  });
});

describe("consistency", () => {
  const base = { user: 0, end: 8, list: [1, 2, 3] };
  const view = (scale: number, list: number[], of = 0): Query => ({
    user: 0,
    end: 8,
    view: "suffix",
    scale,
    base: of,
    list,
  });

  it("weighs the views by the share of the history they keep", () => {
    const c = consistency(signal([base, view(0.25, [7, 8, 9]), view(0.75, [1, 2, 3])]), o, train);
    expect(c[0]).toBeCloseTo(0.75, 6);
    expect(c[1]).toBeNaN();
  });

  it("looks at items that are not in the history itself", () => {
    const whole = { user: 0, end: 8, list: [1, 2] };
    // a teacher that leaves out what it was shown: 90 is in the history, not in the view
    expect(consistency(signal([whole, view(0.5, [90, 1, 2])]), o, train)[0]).toBeCloseTo(1, 12);
    expect(consistency(signal([whole, view(0.5, [7, 1, 2])]), o, train)[0]).toBeLessThan(0.9);
  });

  it("spreads the weights over the views that were asked", () => {
    expect(consistency(signal([base, view(0.5, [1, 2, 3])]), o, train)[0]).toBeCloseTo(1, 12);
    expect(consistency(signal([base]), o, train)[0]).toBeNaN();
  });

  it("never counts a view that is the whole history as agreement", () => {
    const dataset = datasetFromLists([[0], [1, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]);
    const options = {
      budget: null,
      scales: [0.25, 0.5, 0.75],
      maxLength: 50,
      prefixViews: false,
      random: new Random(1),
    };
    const { rows } = planQueries(dataset.train, Int32Array.of(0, 1, 2), options);
    const views = (user: number) =>
      rows.view.filter((v, q) => v === "suffix" && rows.user[q] === user).length;
    expect([views(0), views(1), views(2)]).toEqual([0, 2, 3]); // of 1, 2 and 8 items
    for (const [q, base] of rows.base.entries())
      if (base >= 0) expect(rows.end[q]! - rows.start[q]!).toBeLessThan(rows.end[base]! - rows.start[base]!);
  });
});

describe("reliability by rank", () => {
  const users = (...user: number[]) => ({
    user: Int32Array.from(user),
    view: user.map((u): View => (u < 0 ? "item" : "full")),
  });

  it("is the share of queries below, and ties share their mean", () => {
    const cbar = byRank(Float64Array.of(0.9, 0.1, 0.5, 0.5), users(0, 1, 2, 3));
    expect(Array.from(cbar)).toEqual([0.875, 0.125, 0.5, 0.5]);
    expect(Array.from(byRank(Float64Array.of(1, 1, 1), users(0, 1, 2)))).toEqual([0.5, 0.5, 0.5]);
  });

  it("a query without views takes its user's, and nothing vouches for a user without any", () => {
    const cbar = byRank(Float64Array.of(0.2, NaN, 0.8, NaN), users(0, 0, 1, 2));
    expect(Array.from(cbar)).toEqual([0.25, 0.25, 0.75, 0]);
  });

  it("is the middle for an item alone, whose views there cannot be", () => {
    expect(Array.from(byRank(Float64Array.of(0.2, NaN, 0.8), users(0, -1, 1)))).toEqual([0.25, 0.5, 0.75]);
  });

  it("is empty for no queries, and the middle for all where no query has views", () => {
    expect(byRank(new Float64Array(0), users())).toHaveLength(0);
    expect(Array.from(byRank(Float64Array.of(NaN, NaN), users(0, 1)))).toEqual([0.5, 0.5]);
    expect(Array.from(byRank(Float64Array.of(NaN, 7, NaN), users(0, -1, 1)))).toEqual([0.5, 0.5, 0.5]);
  });
});

describe("items alone", () => {
  const item = (alone: number, list: number[]): Query => {
    return { user: -1, end: 1, view: "item", shown: [alone], list };
  };
  const lists = signal([
    { user: 0, end: 2, shown: [1, 2], list: [3, 4] },
    { user: 0, start: 1, end: 2, view: "suffix", scale: 0.5, base: 0, shown: [2], list: [3, 5] },
    item(3, [4, 1]),
    item(4, [3, 9]),
    item(6, [3, 4]),
  ]);

  it("walks count how many lists name the item they begin with", () => {
    const walk = (shown: number[], list: number[]): Query => {
      return { user: -1, end: shown.length, view: "walk", shown, list };
    };
    const walks = signal([walk([3], [4, 1]), walk([3, 4], [1, 5]), { ...walk([5], [3, 5]), user: -2 }]);
    const c = consistency(walks, o, train);
    expect(Array.from(c)).toEqual([1, 1, 2]);
    expect(reliability.oracle(walks, o, train, new Random(1)).every(Number.isNaN)).toBe(true);
  });

  it("count how many lists name them, views' and their own among them, and are ranked among themselves", () => {
    const c = consistency(lists, o, train);
    expect(Array.from(c.slice(2))).toEqual([4, 3, 0]);
    expect(Array.from(byRank(c, lists)).slice(2)).toEqual([5 / 6, 1 / 2, 1 / 6]);
    expect(byRank(c, lists)[0]).toBe(0.5); // the only history
  });

  it("are dealt out among themselves by gateBy=permuted", () => {
    const { train } = datasetFromLists([[1, 2]]);
    const dealt = reliability.permuted(lists, o, train, new Random(3));
    expect([...dealt.slice(2)].sort()).toEqual([0, 3, 4]);
    expect(dealt[0]).toBe(consistency(lists, o, train)[0]);
  });
});

describe("what controls put in the place of consistency", () => {
  const view = (base: number, list: number[]): Query => {
    const { user, end } = probed[base]!;
    return { user, start: end - 1, end, view: "suffix", scale: 0.5, base, list };
  };
  const probed: Query[] = [
    { user: 0, end: 4, list: [7, 8] },
    { user: 0, end: 2, view: "prefix", list: [2, 7] },
    { user: 0, end: 3, view: "prefix", list: [7, 3] },
    { user: 1, end: 2, list: [0] },
    { user: 1, end: 1, view: "prefix", list: [6, 8] },
    { user: 2, start: 1, end: 3, list: [] },
  ];
  const lists = signal([...probed, view(0, [7, 8]), view(1, [5]), view(3, [1])]);
  const { train } = datasetFromLists([
    [0, 1, 2, 3, 4, 4],
    [5, 6, 7, 8],
    [1, 2, 3, 5, 6],
  ]);
  const of = (by: keyof typeof reliability, seed = 1, given = lists) =>
    Array.from(reliability[by](given, o, train, new Random(seed)));
  const none = [NaN, NaN, NaN];
  const rounded = (values: readonly number[]) => values.map((c) => Math.round(c * 1e6) / 1e6);

  it("length counts the items that were shown", () => {
    expect(of("length")).toEqual([4, 2, 3, 2, 1, 2, ...none]);
  });

  it("permuted deals the same values out anew, by the seed", () => {
    const [true_, dealt] = [of("consistency"), of("permuted")];
    expect(true_.map(Number.isNaN)).toEqual(dealt.map(Number.isNaN));
    expect(dealt.slice().sort()).toEqual(true_.slice().sort());
    expect(of("permuted")).toEqual(dealt);
    const orders = new Set(Array.from({ length: 30 }, (_, seed) => JSON.stringify(of("permuted", seed))));
    expect(orders.size).toBe(3); // of the values 1, 0, 0
  });

  it("oracle is the gain of the item that follows a prefix, and its mean for the whole history", () => {
    const second = 1 / Math.log2(3);
    const expected = [(1 + second) / 2, 1, second, 1, 1, NaN, ...none];
    expect(rounded(of("oracle"))).toEqual(rounded(expected));
    expect(byRank(Float64Array.from(of("oracle")), lists)[5]).toBe(0); // nothing vouches for it
  });

  it("entropy is 1 less the share of the greatest that the scores have", () => {
    const scores = Float32Array.of(1, 1, Math.log(3), 0, 500, -500, 2, 1, 1, 1, 1, 0, 0);
    const given = { ...lists, scores: scores.slice(0, lists.lists.items.length) };
    const h = -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25)) / Math.log(2);
    const expected = [0, 1 - h, 1, NaN, 0, NaN, ...none];
    expect(rounded(of("entropy", 1, given))).toEqual(rounded(expected));
  });

  it("entropy complains of a teacher without scores", () => {
    const manifest = { teacher: { name: "shop" } } as ListSignal["manifest"];
    expect(() => of("entropy", 1, { ...lists, manifest })).toThrow(
      'bahsd option gateBy: expected a teacher that gives scores, which entropy reads, got lists without scores from "shop".',
    );
  });
});
