/** What every method that learns from lists keeps; a method's test file calls this and adds its own known answers. */
import { describe, expect, it } from "vitest";
import { datasetFromLists, type Dataset } from "../../src/dataset/index.ts";
import { hashWeights } from "../../src/export/index.ts";
import type { ListMethod } from "../../src/methods/index.ts";
import { sasrec } from "../../src/models/index.ts";
import { parseOptions } from "../../src/options.ts";
import { Random } from "../../src/random.ts";
import type { ListRows, ListSignal } from "../../src/signals/index.ts";
import { scratch } from "../unit/scratch.ts";
import { rowsOf, signalOf, type Query } from "./lists-of.ts";
import { tinyLearn } from "./tiny-run.ts";

const k = 4;
const items = 12;
const random = new Random(11);
const lists = Array.from({ length: 8 }, (_, u) => random.sample(items, u === 0 ? 1 : 3 + u));
const dataset: Dataset = datasetFromLists(lists, { items });
const length = (u: number) => dataset.train.offsets[u + 1]! - dataset.train.offsets[u]!;
const some = (n: number) => Array.from(random.sample(items, n));

/** A full history per user with one view of two items, and a prefix, each answered by `list`. */
function asked(users: readonly number[], list: (which: Query["view"]) => number[]): Query[] {
  const queries: Query[] = [];
  for (const user of users) {
    const end = length(user);
    const base = queries.push({ user, end, list: list("full") }) - 1;
    if (end > 2) {
      queries.push({ user, start: end - 2, end, view: "suffix", scale: 0.5, base, list: list("suffix") });
      queries.push({ user, end: 2, view: "prefix", list: list("prefix") });
    }
  }
  return queries;
}

const everybody = [0, 1, 2, 3, 4, 5, 6, 7];
const signals: Record<string, Query[]> = {
  "lists of all kinds": asked(everybody, () => some(k)),
  "short lists": asked(everybody, (view) => some(view === "full" ? 1 : 2)),
  "empty lists": asked(everybody, (view) => (view === "prefix" ? some(k) : [])),
  "nothing but empty lists": asked(everybody, () => []),
  "one and the same list": asked(everybody, () => [3, 1, 2, 0]),
  "users without queries": asked([5, 2], () => some(k)),
  "the user's own history": asked(everybody, () => []).map((query) => ({
    ...query,
    list: Array.from(lists[query.user]!.slice(query.start ?? 0, query.end)).slice(-k),
  })),
  "users with one item": asked([0], () => some(k)),
  "no views": asked(everybody, () => some(k)).filter((q) => q.view === undefined),
  "no queries": [],
};

/** What variants of a method are tried on. */
const hardest = Object.entries(signals).filter(([name]) =>
  ["lists of all kinds", "nothing but empty lists", "no views"].includes(name),
);

export function methodContract(
  method: ListMethod,
  variants: readonly Record<string, unknown>[] = [{}],
): void {
  describe(`${method.name} as a method`, async () => {
    const folder = await scratch();
    const open = (name: string, rows: ListRows) => signalOf(folder.path(name), dataset, rows, k);
    const train = (signal: ListSignal, options: Record<string, unknown>, seed = 1) =>
      tinyLearn({
        model: sasrec,
        dataset,
        seed,
        teacher: { method: method.name, signal, options },
        taskOptions: { batchSize: 3 },
        fit: { epochs: 2 },
      });

    it("says in one sentence what it does, and has a default for every option", () => {
      expect(method.summary.length).toBeGreaterThan(10);
      expect(Object.keys(method.options.parse({})).sort()).toEqual(Object.keys(method.options.shape).sort());
      expect(() => parseOptions(method.options, { nonsense: 1 }, method.name)).toThrow(/nonsense: expected/);
    });

    it("learns from queries of the signal that are not views", async () => {
      const signal = await open("plan", rowsOf(signals["lists of all kinds"]!));
      const plan = method.plan(signal, dataset.train, items, method.options.parse({}), new Random(1));
      for (const query of plan.queries) expect(["full", "prefix"]).toContain(signal.view[query]);
      expect(new Set(plan.queries).size).toBe(plan.queries.length);
    });

    it("gives the same weights for the same seed, and others for another", async () => {
      const signal = await open("seed", rowsOf(signals["lists of all kinds"]!));
      const [a, b, c] = [await train(signal, {}), await train(signal, {}), await train(signal, {}, 2)];
      expect(hashWeights(b.weights)).toBe(hashWeights(a.weights));
      expect(hashWeights(c.weights)).not.toBe(hashWeights(a.weights));
    });

    describe.each(variants.map((o, n) => [JSON.stringify(o), o, n] as const))(
      "with %s",
      (_text, options, n) => {
        it.each(n === 0 ? Object.entries(signals) : hardest)("trains on %s", async (name, queries) => {
          const { weights, history } = await train(await open(name, rowsOf(queries)), options);
          const losses = history.flatMap((event) => (event.type === "epoch" ? [event.loss] : []));
          expect(losses).toHaveLength(2);
          expect(losses.every((loss) => Number.isFinite(loss) && loss > -1e-6)).toBe(true);
          for (const { data } of Object.values(weights)) expect(data.every(Number.isFinite)).toBe(true);
        });
      },
    );
  });
}
