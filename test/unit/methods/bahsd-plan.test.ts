/** What BAHSD feeds its loss, by hand, on a signal of four queries with views. */
import { describe, expect, it } from "vitest";
import { datasetFromLists } from "../../../src/dataset/index.ts";
import { bahsd, uniformKl } from "../../../src/methods/index.ts";
import { answered } from "../../../src/methods/answered.ts";
import { Random } from "../../../src/random.ts";
import { rowsOf, signalOf, type Query } from "../../contracts/lists-of.ts";
import { scratch } from "../scratch.ts";

const folder = await scratch();
const dataset = datasetFromLists(
  Array.from({ length: 4 }, (_, u) => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => 12 + ((i + u) % 12))),
  { items: 24 },
);
const [k, items] = [4, 24]; // lists are of the first twelve items, histories of the others
const full = (user: number, list: number[]): Query => ({ user, end: 8, list });
const view = (base: number, scale: number, list: number[]): Query => ({
  user: base,
  start: 8 - 8 * scale,
  end: 8,
  view: "suffix",
  scale,
  base,
  list,
});
const queries = [
  full(0, [1, 2, 3, 4]),
  full(1, [1, 2, 3, 4]),
  full(2, [1, 2, 3, 4]),
  full(3, [1, 2, 3, 4]),
  view(0, 0.5, [5, 6, 7, 8]), // C = 0
  view(1, 0.5, [1, 5, 6, 7]),
  view(2, 0.5, [1, 2, 5, 6]),
  view(3, 0.5, [1, 2, 3, 4]), // C = 1
];
const cbar = [0.125, 0.375, 0.625, 0.875];
const signal = await signalOf(folder.path("lists"), dataset, rowsOf(queries), k);

function feedsOf(given: Record<string, unknown> = {}, asked = [0, 1, 2, 3]) {
  const o = bahsd.options.parse({ mode: "brief", ...given }) as never;
  const plan = bahsd.plan(signal, dataset.train, items, o, new Random(1));
  const feeds = plan.feeds(Int32Array.from(asked), Int32Array.from(asked), new Random(1), 0);
  return {
    plan,
    names: Object.keys(feeds),
    feed: (name: string) => Array.from(feeds[name]!.data as Float32Array),
  };
}
const near = (found: readonly number[], expected: readonly number[]) => {
  expect(found).toHaveLength(expected.length);
  expected.forEach((e, i) => expect(found[i]).toBeCloseTo(e, 6));
};

describe("bahsd", () => {
  it("learns from full histories and prefixes, and contrasts each with its shortest view", () => {
    const { plan } = feedsOf();
    expect(Array.from(plan.queries)).toEqual([0, 1, 2, 3]);
    expect([...plan.contrast.entries()]).toEqual([0, 1, 2, 3].map((q) => [q, 4 + q]));
    expect(feedsOf({ contrast: 0 }).plan.contrast.size).toBe(0);
  });

  it("softens a list the more it is trusted: tau = 1 + 3 Cbar", () => {
    const tau = cbar.map((c) => 1 + 3 * c);
    const { feed } = feedsOf();
    near(feed("beta"), tau.map((t) => 1 / t)); // prettier-ignore
    const q = tau.flatMap((t) => {
      const raw = [1, 2, 3, 4].map((j) => j ** (-1 / t));
      return raw.map((r) => r / raw.reduce((a, b) => a + b));
    });
    near(feed("q"), q);
    const entropy = [0, 1, 2, 3].map(
      (s) => -q.slice(4 * s, 4 * s + 4).reduce((e, p) => e + p * Math.log(p), 0),
    );
    near(feed("entropy"), entropy);
    expect(feed("lists")).toEqual([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]);
  });

  it("matches the trusted half and calls the other doubtful", () => {
    const { feed } = feedsOf();
    near(feed("c"), [0, 0, (1 + 3 * 0.625) ** 2 / 4, (1 + 3 * 0.875) ** 2 / 4]);
    near(feed("low.c"), [0.25, 0.25, 0, 0]);
    near(feed("contrast.c"), [0.25, 0.25, 0, 0]);
  });

  it("in weighted mode matches every list at one temperature by how far it is trusted, and does no more", () => {
    const { plan, feed, names } = feedsOf({ mode: "weighted", gateBy: "consistency" });
    near(
      feed("c"),
      cbar.map((c) => (2 * c) / 4),
    );
    near(feed("beta"), [1, 1, 1, 1]);
    expect(names.sort()).toEqual(["beta", "c", "entropy", "lists", "q"]);
    expect(plan.contrast.size).toBe(0);
  });

  it("never counts a list below the floor, and all alike at a floor of 1", () => {
    near(
      feedsOf({ mode: "weighted", gateBy: "consistency", floor: 0.25 }).feed("c"),
      cbar.map((c) => (0.25 + 0.75 * 2 * c) / 4),
    );
    near(feedsOf({ mode: "weighted", floor: 1 }).feed("c"), [0.25, 0.25, 0.25, 0.25]);
  });

  it("without a gate counts every query in both parts", () => {
    const { feed } = feedsOf({ gate: "none", kl: 2 });
    near(feed("c"), cbar.map((c) => (2 * (1 + 3 * c) ** 2) / 4)); // prettier-ignore
    near(feed("low.c"), [0.25, 0.25, 0.25, 0.25]);
  });

  it("has one temperature where both are equal, and softens doubtful lists more where they are exchanged", () => {
    near(feedsOf({ temperatureMin: 2, temperatureMax: 2 }).feed("beta"), [0.5, 0.5, 0.5, 0.5]);
    const turned = feedsOf({ temperatureMin: 4, temperatureMax: 1 }).feed("beta");
    near(turned, cbar.map((c) => 1 / (4 - 3 * c))); // prettier-ignore
  });

  it("gates by another quantity in the place of consistency", () => {
    const low = (gateBy: string) => feedsOf({ gateBy }).feed("low.c");
    near(low("length"), [0, 0, 0, 0]); // all as long: Cbar is 0.5
    expect(low("permuted").filter((c) => c > 0)).toHaveLength(2);
    near(low("oracle"), [0, 0, 0, 0]); // no prefix says how right the teacher is: all are in the middle
  });

  it("counts lists by a share over its mean where it is no rank, a view as its history", () => {
    const t = Array.from(answered(signal, { depth: 20, persistence: 0.9 }, dataset.train)).slice(0, 4);
    expect(new Set(t).size).toBeGreaterThan(1);
    const mean = t.reduce((a, b) => a + b) / 4;
    const set = { mode: "weighted", floor: 0.2, views: 1 };
    const weights = t.map((share) => (0.2 + (0.8 * share) / mean) / 8);
    near(feedsOf(set, [0, 1, 2, 3, 4, 5, 6, 7]).feed("c"), [...weights, ...weights]);
    const dealt = feedsOf({ ...set, gateBy: "answered-permuted" }, [0, 1, 2, 3]).feed("c");
    near(dealt.sort(), weights.map((c) => 2 * c).sort()); // prettier-ignore
  });

  it("trusts all alike where the teacher says the same to everybody", async () => {
    const alike = queries.map((query) => ({ ...query, list: [1, 2, 3, 4] }));
    const same = await signalOf(folder.path("alike"), dataset, rowsOf(alike), k);
    for (const [threshold, high] of [
      [0.5, 4],
      [0.51, 0],
    ] as const) {
      const o = bahsd.options.parse({ mode: "brief", threshold }) as never;
      const plan = bahsd.plan(same, dataset.train, items, o, new Random(1));
      const feeds = plan.feeds(Int32Array.of(0, 1, 2, 3), Int32Array.of(0), new Random(1), 0);
      const c = Array.from(feeds["c"]!.data as Float32Array);
      near(c, new Array<number>(4).fill(high === 4 ? 2.5 ** 2 / 4 : 0));
    }
  });

  it("with a soft gate divides every query between the two, and the parts sum to 1", () => {
    const { feed } = feedsOf({ gate: "soft", temperatureMin: 1, temperatureMax: 1 });
    const high = cbar.map((c) => 1 / (1 + Math.exp((0.5 - c) / 0.1)));
    near(feed("c"), high.map((g) => g / 4)); // prettier-ignore
    near(feed("low.c"), high.map((g) => (1 - g) / 4)); // prettier-ignore
    expect([...feed("c"), ...feed("low.c")].reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  });

  it.each([
    [0, 0],
    [0.5, 2],
    [1, 4],
  ])("at threshold %d has %i doubtful queries", (threshold, doubtful) => {
    // prettier-ignore
    expect(feedsOf({ threshold }).feed("low.c").filter((c) => c > 0)).toHaveLength(doubtful);
  });

  it("gives filler no weight and counts only real queries", () => {
    const { feed } = feedsOf({}, [0, -1, 3]);
    near(feed("c"), [0, 0, (1 + 3 * 0.875) ** 2 / 2]);
    near(feed("low.c"), [0.5, 0, 0]);
    expect(feed("q").slice(4, 8)).toEqual([1, 0, 0, 0]);
  });

  it("draws the order that survives probing: r_i before r_j in more than half of the lists with either", () => {
    const { feed } = feedsOf({ pairs: 64 });
    const [winners, losers, weights] = [feed("winners"), feed("losers"), feed("order.w")];
    const kept = (s: number) => {
      const at = Array.from({ length: 64 }, (_, n) => s * 64 + n).filter((i) => weights[i]! > 0);
      return new Set(at.map((i) => `${winners[i]!}>${losers[i]!}`));
    };
    const all = new Set(["1>2", "1>3", "1>4", "2>3", "2>4", "3>4"]);
    expect(kept(0)).toEqual(all); // the view holds none of them: only the list itself speaks
    expect(kept(1)).toEqual(all); // the view holds 1 alone, ahead of the absent others
    expect(kept(3)).toEqual(all);
    for (const s of [0, 1, 2, 3]) {
      const sum = weights.slice(s * 64, (s + 1) * 64).reduce((a, b) => a + b);
      expect(sum).toBeCloseTo(1, 5);
    }
  });

  it("leaves out an order that a view contradicts", async () => {
    const turned = [full(0, [1, 2, 3]), { ...view(0, 0.5, [2, 1]), base: 0 }];
    const other = await signalOf(folder.path("turned"), dataset, rowsOf(turned), k);
    const plan = bahsd.plan(
      other,
      dataset.train,
      items,
      bahsd.options.parse({ mode: "brief" }) as never,
      new Random(1),
    );
    const feeds = plan.feeds(Int32Array.of(0), Int32Array.of(-1), new Random(1), 0);
    const pairs = new Set<string>();
    (feeds["order.w"]!.data as Float32Array).forEach((w, i) => {
      if (w > 0) pairs.add(`${feeds["winners"]!.data[i]!}>${feeds["losers"]!.data[i]!}`);
    });
    expect(pairs).toEqual(new Set(["1>3", "2>3"])); // 1 before 2 in one list of two: not more than half
  });

  it("pushes listed items above unlisted ones, by the share of lists that hold them", () => {
    const { feed } = feedsOf({ pairs: 64 });
    const [listed, negatives, weights] = [feed("listed"), feed("negatives"), feed("apart.w")];
    negatives.forEach((item) => expect([1, 2, 3, 4]).not.toContain(item));
    const share = (s: number, item: number) => (1 + Number(queries[4 + s]!.list.includes(item))) / 2;
    listed.forEach((item, i) => expect(weights[i]).toBeCloseTo(share(Math.floor(i / 64), item) / 64, 7));
  });
});

describe("uniform-kl", () => {
  it("counts every list the same at one temperature", () => {
    const plan = uniformKl.plan(
      signal,
      dataset.train,
      items,
      uniformKl.options.parse({ temperature: 2 }) as never,
      new Random(1),
    );
    const feeds = plan.feeds(Int32Array.of(0, 3, -1), new Int32Array(0), new Random(1), 0);
    near(Array.from(feeds["c"]!.data as Float32Array), [2, 2, 0]);
    near(Array.from(feeds["beta"]!.data as Float32Array), [0.5, 0.5, 1]);
  });

  it("reads the views when told, which learn the whole history's list or their own", () => {
    const of = (given: Record<string, unknown>) => {
      const o = uniformKl.options.parse({ temperature: 2, ...given }) as never;
      const plan = uniformKl.plan(signal, dataset.train, items, o, new Random(1));
      const feeds = plan.feeds(Int32Array.of(1, 5, -1), new Int32Array(0), new Random(1), 0);
      return {
        queries: Array.from(plan.queries),
        c: feeds["c"]!.data,
        lists: Array.from(feeds["lists"]!.data, Number),
      };
    };
    expect(of({}).queries).toEqual([0, 1, 2, 3]);
    expect(of({ viewLists: "own" }).queries).toEqual([0, 1, 2, 3]);
    expect(of({ views: 0.5 })).toEqual({
      queries: [0, 1, 2, 3, 4, 5, 6, 7],
      c: Float32Array.of(4 / 2, (0.5 * 4) / 2, 0),
      lists: [1, 2, 3, 4, 1, 2, 3, 4, 0, 0, 0, 0],
    });
    expect(of({ views: 1, viewLists: "own" })).toEqual({
      queries: [0, 1, 2, 3, 4, 5, 6, 7],
      c: Float32Array.of(2, 2, 0),
      lists: [1, 2, 3, 4, 1, 5, 6, 7, 0, 0, 0, 0],
    });
  });
});

describe("bahsd whose student reads the views", () => {
  /** A prefix of user 0 that nothing vouches for but its own view, beside a history that the teacher is sure of. */
  const mixed = [
    full(0, [1, 2, 3, 4]),
    { user: 0, end: 5, view: "prefix", list: [6, 7, 8] },
    view(0, 0.5, [1, 2, 3, 4]), // C = 1: Cbar = .75
    { user: 0, start: 3, end: 5, view: "suffix", scale: 0.4, base: 1, list: [9, 10] }, // C = 0: Cbar = .25
    { user: 0, end: 2, view: "prefix", list: [5] },
  ] as const;
  const ranks = { gateBy: "consistency", floor: 0.5 };
  const feedsFrom = async (name: string, given: Record<string, unknown>, rows: readonly number[]) => {
    const lists = await signalOf(folder.path(name), dataset, rowsOf(mixed), k);
    const o = bahsd.options.parse(given) as never;
    const plan = bahsd.plan(lists, dataset.train, items, o, new Random(1));
    const feeds = plan.feeds(Int32Array.from(rows), Int32Array.of(0), new Random(1), 0);
    return { plan, feeds, c: Array.from(feeds["c"]!.data as Float32Array) };
  };

  it("gives each view the list of its history, by that history's weight, a mean over all that is read", async () => {
    const { plan, feeds, c } = await feedsFrom("read", { views: 0.5, ...ranks }, [0, 1, 2, 3, -1]);
    expect(Array.from(plan.queries)).toEqual([0, 1, 2, 3, 4]);
    expect(Array.from(feeds["lists"]!.data, Number)).toEqual(
      [[1, 2, 3, 4], [6, 7, 8, 0], [1, 2, 3, 4], [6, 7, 8, 0], [0, 0, 0, 0]].flat(), // prettier-ignore
    );
    const q = feeds["q"]!.data;
    expect(q.slice(8, 16)).toEqual(q.slice(0, 8)); // of three items and of four
    const [sure, unsure] = [0.5 + 0.5 * 2 * 0.75, 0.5 + 0.5 * 2 * 0.25];
    expect(c).toEqual([sure / 4, unsure / 4, (0.5 * sure) / 4, (0.5 * unsure) / 4, 0]);
  });

  it("counts a view as much as its history at 1, by any quantity in the place of consistency", async () => {
    for (const gateBy of ["answered", "consistency", "permuted", "length", "oracle"]) {
      const { c } = await feedsFrom(`by-${gateBy}`, { views: 1, gateBy }, [0, 1, 2, 3]);
      expect([c[2], c[3]]).toEqual([c[0], c[1]]);
    }
  });

  it("in brief mode matches a view where its history is matched, and has no order or contrast of views", async () => {
    const set = { mode: "brief", views: 1, temperatureMax: 2 };
    const { plan, feeds, c } = await feedsFrom("brief", set, [0, 1, 2, 3]);
    near(c, [1.75 ** 2 / 4, 0, 1.75 ** 2 / 4, 0]);
    near(Array.from(feeds["beta"]!.data as Float32Array), [1 / 1.75, 1 / 1.25, 1 / 1.75, 1 / 1.25]);
    expect(feeds["low.c"]!.data).toEqual(Float32Array.of(0, 0.25, 0, 0));
    expect(feeds["order.w"]!.data.slice(2 * 64)).toEqual(new Float32Array(2 * 64));
    expect(feeds["apart.w"]!.data.slice(2 * 64)).toEqual(new Float32Array(2 * 64));
    expect([...plan.contrast]).toEqual([[0, 2], [1, 3]]); // prettier-ignore
  });

  it("reads no view at 0, and weighs the rest by (8) to the last bit", async () => {
    const { plan, c } = await feedsFrom("none", { views: 0, ...ranks }, [0, 1, 4]);
    expect(Array.from(plan.queries)).toEqual([0, 1, 4]);
    const weights = [0.75, 0.25, 0.75].map((cbar) => Math.fround((0.5 + (1 - 0.5) * 2 * cbar) / 3));
    expect(c).toEqual(weights);
  });

  it.each(["weighted", "brief"])(
    "is the same at any weight where no views were probed, mode %s",
    async (mode) => {
      const alone = queries.filter(({ base }) => base === undefined);
      const lists = await signalOf(folder.path(`alone-${mode}`), dataset, rowsOf(alone), k);
      const [none, all] = [0, 1].map((views) => {
        const o = bahsd.options.parse({ mode, views }) as never;
        const plan = bahsd.plan(lists, dataset.train, items, o, new Random(1));
        return { queries: plan.queries, feeds: plan.feeds(plan.queries, plan.queries, new Random(1), 0) };
      });
      expect(all).toEqual(none);
      expect(all!.queries).toEqual(Int32Array.of(0, 1, 2, 3));
    },
  );
});

it("bahsd says where consistency is unknown, and nothing where it is known or not asked for", async () => {
  const bare = await signalOf(folder.path("bare"), dataset, rowsOf(queries.slice(0, 4)), k);
  const of = (lists: typeof signal, gateBy?: string) =>
    bahsd.notice!(lists, bahsd.options.parse({ gateBy }) as never);
  const chained = [queries[0]!, { ...queries[0]!, end: 5, view: "prefix" as const }];
  const prefixes = await signalOf(folder.path("prefixes"), dataset, rowsOf(chained), k);
  expect([bare, prefixes].map((lists) => of(lists) === null)).toEqual([false, true]);
  expect(of(prefixes, "consistency")).not.toBeNull(); // which compares with views alone
  expect([of(bare), of(bare, "permuted"), of(bare, "length")].map((said) => said !== null)).toEqual([
    true,
    true,
    false,
  ]);
  expect(of(signal)).toBeNull();
});

it("bahsd says which options the mode does not read", () => {
  const of = (given: object) => bahsd.notice!(signal, bahsd.options.parse(given) as never);
  expect(of({ gate: "soft", rank: 0.1 })).toBe(
    "mode=weighted does not read gate, rank: the other mode does.",
  );
  expect(of({ mode: "brief", floor: 0.5 })).toContain("mode=brief does not read floor");
  expect(of({ mode: "brief", gate: "soft", rank: 0.1, views: 1 })).toBeNull();
  expect(of({ floor: 0.5, views: 1 })).toBeNull();
});
