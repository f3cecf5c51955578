/** Whether a service answered: limit cases, and made-up services that fall back. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromLists } from "../../../src/dataset/index.ts";
import { answered, haveKin } from "../../../src/methods/answered.ts";
import { Commonness, strangersOverlaps } from "../../../src/methods/commonness.ts";
import { rbo } from "../../../src/methods/index.ts";
import { asShare } from "../../../src/methods/reliability.ts";
import { Random } from "../../../src/random.ts";
import type { ListSignal } from "../../../src/signals/index.ts";
import { rowsOf, type Query } from "../../contracts/lists-of.ts";

const signal = (queries: readonly Query[]) => rowsOf(queries) as ListSignal;
const o = { depth: 10, persistence: 0.9 };
/** Of items that are in no list. */
const users = 400;
const train = fromLists(Array.from({ length: users }, () => [0, 1, 2, 3, 4, 5, 6, 7]));
const of = (queries: readonly Query[]) => Array.from(answered(signal(queries), o, train));
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

const full = (user: number, list: number[]): Query => ({ user, end: 8, list });
const prefix = (user: number, end: number, list: number[]): Query => ({ user, end, view: "prefix", list });
const view = (base: number, user: number, list: number[]): Query => {
  return { user, start: 4, end: 8, view: "suffix", scale: 0.5, base, list };
};
const walk = (n: number, shown: number[], list: number[]): Query => {
  return { user: -1 - n, end: shown.length, view: "walk", shown, list };
};

/** A service with 400 users, a full history, a view and two prefixes of each: lists of ten items out of twelve that are the user's. */
function service(fallenShare: number, fallback: (random: Random, own: () => number[]) => number[]) {
  const random = new Random(7);
  const ownList = (user: number) => Array.from(random.sample(12, 10), (i) => 100 + 12 * user + i);
  const fell: boolean[] = [];
  const list = (user: number) => {
    fell.push(random.uniform() < fallenShare);
    return fell.at(-1)! ? fallback(random, () => ownList(random.integer(users))) : ownList(user);
  };
  const queries = Array.from({ length: users }, (_, u) => [
    full(u, list(u)),
    view(4 * u, u, list(u)),
    prefix(u, 3, list(u)),
    prefix(u, 5, list(u)),
  ]).flat();
  return { queries, fell };
}
const bestsellers = Array.from({ length: 10 }, (_, i) => 90 + i);
const services: Record<string, (random: Random, own: () => number[]) => number[]> = {
  bestsellers: () => bestsellers,
  "one of ten lists": (random) => bestsellers.map((i) => 10 * random.integer(10) + i),
  "another user's list": (_, own) => own(),
  "items at random": (random) => Array.from(random.sample(5000, 10)),
};

describe("whether a service answered", () => {
  it.each(Object.entries(services))("is told by lists of the same history: %s", (_, fallback) => {
    for (const share of [0.05, 0.3]) {
      const { queries, fell } = service(share, fallback);
      const t = of(queries);
      const which = (yes: boolean) => t.filter((value, s) => !Number.isNaN(value) && fell[s] === yes);
      expect(mean(which(true))).toBeLessThan(0.3); // a prefix has one neighbour, which may have fallen, too
      expect(mean(which(false))).toBeGreaterThan(0.85);
      expect(mean(which(true).map((value) => Number(value > 0.5)))).toBeLessThan(0.2);
    }
  });

  it("is never doubted of a steady teacher", () => {
    const t = of(service(0, () => []).queries).filter((value) => !Number.isNaN(value));
    expect(Math.min(...t)).toBeGreaterThan(0.98);
  });

  it("is told as well where lists are shorter than the depth at which they are compared", () => {
    const { queries, fell } = service(0.3, () => bestsellers);
    const short = queries.map((query) => ({ ...query, list: query.list.slice(0, 5) }));
    const t = of(short);
    const which = (yes: boolean) => t.filter((value, s) => !Number.isNaN(value) && fell[s] === yes);
    expect(mean(which(true))).toBeLessThan(0.05);
    expect(mean(which(false))).toBeGreaterThan(0.9);
  });

  it("cannot be told of a teacher that says the same to everybody: all alike", () => {
    const t = of(service(1, () => bestsellers).queries).filter((value) => !Number.isNaN(value));
    expect(Math.max(...t) - Math.min(...t)).toBeLessThan(0.01);
  });

  it("is known of a history with kin: views, shorter and longer ones, walks, not items alone", () => {
    const list = bestsellers;
    expect(of([full(0, list), view(0, 0, list), full(1, list)]).map(Number.isNaN)).toEqual([
      false,
      true,
      false,
    ]);
    const kin = [prefix(0, 3, list), prefix(0, 5, list), full(0, list)];
    const walks = [walk(0, [30], list), walk(0, [30, 31], list), walk(1, [32], list)];
    const alone = [30, 31].map((item): Query => ({ user: -1, end: 1, view: "item", shown: [item], list }));
    expect([kin, walks, alone].map((queries) => haveKin(signal(queries)))).toEqual([true, true, false]);
    expect(of(alone)).toEqual([NaN, NaN]);
  });

  it("doubts no list for one odd neighbour where most agree, and does where many fall back", () => {
    const odd = (share: number) => {
      const { queries } = service(share, services["another user's list"]!);
      const last = users - 1;
      const rows = queries.filter(({ user }) => user !== last);
      const alone = [full(last, Array.from(new Random(1).sample(5000, 10))), prefix(last, 5, bestsellers)];
      return of([...rows, ...alone])[rows.length]!;
    };
    expect(odd(0)).toBeGreaterThan(0.9);
    expect(odd(0.3)).toBeLessThan(0.8);
  });
});

describe("how like a list is to everybody's", () => {
  const list = fc.uniqueArray(fc.nat(12), { minLength: 6, maxLength: 6 });
  const overlap = { depth: 5, persistence: 0.7 };

  it("is the mean overlap with all other lists, as the sum over pairs has it", () => {
    fc.assert(
      fc.property(fc.array(list, { minLength: 2, maxLength: 8 }), (lists) => {
        const others = lists.slice(1);
        const expected = mean(others.map((other) => rbo(lists[0]!, other, 5, 0.7)));
        const common = new Commonness(signal(lists.map((l, user) => full(user, l))), overlap);
        expect(common.of(0)).toBeCloseTo(expected, 9);
      }),
    );
  });

  it("in bins has the rarest first and the commonest last, and one bin where all are alike", () => {
    const [a, b] = [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]; // prettier-ignore
    const inBins = (lists: number[][]) =>
      Array.from(new Commonness(signal(lists.map((l, user) => full(user, l))), overlap).inBins(8));
    expect(inBins([a, a, a, b])).toEqual([7, 7, 7, 0]);
    expect(inBins([a, a])).toEqual([0, 0]);
  });

  it("list by list, is a distribution near that of its overlaps with other users' lists", () => {
    const binOf = (value: number) => Number(value > 0.5);
    const [a, b] = [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]; // prettier-ignore
    const lists = Array.from({ length: 300 }, (_, user) => full(user, user % 3 === 0 ? a : b));
    const shares = strangersOverlaps(signal(lists), overlap, 2, binOf);
    expect(shares[0]![1]).toBeCloseTo(99 / 299, 2);
    expect(shares[1]![1]).toBeCloseTo(199 / 299, 2);
    for (const share of shares) expect(mean(Array.from(share)) * 2).toBeCloseTo(1, 12);
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
