/** A query is read off the student at the token where its history ends, and that token has seen its history. */
import { describe, expect, it } from "vitest";
import { datasetFromLists, row } from "../../../src/dataset/index.ts";
import { methodNamed } from "../../../src/methods/index.ts";
import { bert4rec, gap, sasrec, type SequenceModel } from "../../../src/models/index.ts";
import { Random } from "../../../src/random.ts";
import type { ListSignal } from "../../../src/signals/index.ts";
import { distillOptions, distillTask, partsOf, type Feeds } from "../../../src/train/index.ts";
import { rowsOf, type Query } from "../../contracts/lists-of.ts";

const maxLength = 8;
const lists = [5, 10, 22].map((n, u) => Array.from({ length: n }, (_, i) => (i + 3 * u) % 30));
const dataset = datasetFromLists(lists, { items: 30 }); // 3, 8 and 20 items to learn from
const list = [1, 2];

const set: Record<string, object> = { "uniform-kl": { views: 1 }, bahsd: { mode: "brief" } };

/** What each query of one user reads: the item of its token, and how many tokens that has seen. */
function read(queries: readonly Query[], method = "uniform-kl", model: SequenceModel = sasrec) {
  const user = queries[0]!.user;
  const signal = { ...rowsOf(queries), manifest: { k: 2 } } as ListSignal;
  const modelOptions = model.options.parse({ width: 4, maxLength });
  const given = {
    model,
    modelOptions,
    weights: model.parameters({ users: 3, items: 30 }, modelOptions, new Random(1)),
    train: dataset.train,
    users: Int32Array.of(user),
    random: new Random(2),
    method: methodNamed(method),
    methodOptions: methodNamed(method).options.parse(set[method] ?? {}),
    signal,
  };
  const [feeds] = partsOf(distillTask(given, distillOptions.parse({})).epoch(0).batch(0)) as [Feeds];
  const width = feeds["tokens.items"]!.shape[1]!;
  const at = (name: string) =>
    Array.from(feeds[name]!.data as Int32Array, (token) => ({
      item: Number(feeds["tokens.items"]!.data[token]),
      seen: (token % width) - Number(feeds["tokens.first"]!.data[token]) + 1,
      tokens: segment(feeds, token),
    }));
  return { queries: at("query.rows"), views: at("view.rows"), labels: at("label.rows"), feeds };
}

/** The tokens that stand in one history with a token. */
function segment(feeds: Feeds, token: number): number[] {
  const [items, first] = [feeds["tokens.items"]!, feeds["tokens.first"]!.data];
  const row = token - (token % items.shape[1]!);
  const places = Array.from({ length: items.shape[1]! }, (_, column) => row + column);
  return places.filter((at) => first[at] === first[token]).map((at) => Number(items.data[at]));
}

const history = (user: number) => Array.from(row(dataset.train, user));

describe("a batch of one user", () => {
  it.each([0, 1, 2])("shows user %i's full history, views and prefixes as they are", (user) => {
    const n = history(user).length;
    const view = (length: number): Query => ({
      user,
      start: n - length,
      end: n,
      view: "suffix",
      scale: length / n,
      base: 0,
      list,
    });
    const prefix = (end: number): Query => ({ user, end, view: "prefix", list });
    const ends = [2, Math.min(n, maxLength)];
    const { queries } = read([{ user, end: n, list }, view(1), view(2), ...ends.map(prefix)]);
    expect(queries.map(({ item }) => item)).toEqual([n, n, n, ...ends].map((end) => history(user)[end - 1]));
    expect(queries.slice(0, 3).map(({ seen }) => seen)).toEqual([Math.min(n, maxLength), 1, 2]);
    expect(queries[3]!.seen).toBe(2);
  });

  it("has the labels that it has without views", () => {
    const own: Query[] = [{ user: 1, end: 8, list }, { user: 1, end: 3, view: "prefix", list }]; // prettier-ignore
    const view: Query = { user: 1, start: 5, end: 8, view: "suffix", scale: 0.375, base: 0, list };
    const [without, all] = [read(own), read([...own, view])];
    expect([without.queries.length, all.queries.length]).toEqual([2, 3]);
    expect(all.labels.map(({ tokens }) => tokens)).toEqual(without.labels.map(({ tokens }) => tokens));
    for (const name of ["label.targets", "label.weights"])
      expect(all.feeds[name]).toEqual(without.feeds[name]);
  });

  it("contrasts a history with its shortest view", () => {
    const full: Query = { user: 1, end: 8, list };
    const view = (length: number): Query => ({
      user: 1,
      start: 8 - length,
      end: 8,
      view: "suffix",
      scale: length / 8,
      base: 0,
      list,
    });
    const { views } = read([full, view(6), view(2), view(4)], "bahsd");
    expect(views).toMatchObject([{ item: history(1)[7], seen: 2 }]);
  });

  it("predicts every item of the newest stretch but its first from those before it", () => {
    const { labels, feeds } = read([{ user: 2, end: 20, list }]);
    const newest = history(2).slice(-maxLength);
    expect(feeds["label.targets"]!.data).toEqual(Int32Array.from(newest.slice(1)));
    expect(labels).toMatchObject(newest.slice(0, -1).map((item, i) => ({ item, seen: i + 1 })));
  });
});

describe("a batch of one user for a student that fills gaps", () => {
  const n = 20;
  const queries: Query[] = [
    { user: 2, end: n, list },
    { user: 2, start: n - 3, end: n, view: "suffix", scale: 0.15, base: 0, list },
    { user: 2, end: 6, view: "prefix", list },
  ];
  const batch = (method = "uniform-kl") => read(queries, method, bert4rec);

  it("asks every query by itself, with a gap after the newest item it shows", () => {
    const shown = [history(2).slice(-maxLength), history(2).slice(-3), history(2).slice(0, 6)];
    expect(batch().queries.map(({ tokens }) => tokens)).toEqual(shown.map((items) => [...items, gap]));
    expect(batch().queries.map(({ item }) => item)).toEqual([gap, gap, gap]);
  });

  it("contrasts a gap after the history with one after its view", () => {
    expect(batch("bahsd").views.map(({ tokens }) => tokens)).toEqual([[...history(2).slice(-3), gap]]);
  });

  it("hides the labels in the newest stretch", () => {
    const { labels, feeds } = batch();
    const targets = Array.from(feeds["label.targets"]!.data, Number);
    expect(labels.length).toBe(targets.length);
    expect(labels.length).toBeGreaterThan(0);
    labels.forEach(({ item, seen, tokens }, i) => {
      expect(item).toBe(gap);
      const newest = history(2).slice(-(maxLength + 1));
      expect(newest[seen - 1]).toBe(targets[i]);
      expect(tokens.filter((token, at) => token !== newest[at])).toEqual(labels.map(() => gap));
    });
  });
});

describe("a batch of one user whose probed views are further data", () => {
  const queries: Query[] = [
    { user: 1, end: 8, list },
    { user: 1, start: 5, end: 8, view: "suffix", scale: 0.375, base: 0, list },
    { user: 1, start: 7, end: 8, view: "suffix", scale: 0.125, base: 0, list },
    { user: 1, end: 3, view: "prefix", list },
  ];
  const all = history(1);
  const shown = [all, all.slice(5), all.slice(0, 4)];

  it("predicts within the history, its views and prefixes, and after these what the owner knows", () => {
    const { labels, feeds } = read(queries, "augment");
    expect(feeds["label.targets"]!.data).toEqual(Int32Array.from(shown.flatMap((h) => h.slice(1))));
    expect(labels).toMatchObject(
      shown.flatMap((h) => h.slice(0, -1).map((item, i) => ({ item, seen: i + 1 }))),
    );
    expect(feeds["label.weights"]!.data).toEqual(new Float32Array(12).fill(1 / 12));
  });

  it("hides labels in each for a student that fills gaps", () => {
    const { labels, feeds } = read(queries, "augment", bert4rec);
    const targets = Array.from(feeds["label.targets"]!.data, Number);
    const restored = labels.map(({ tokens }) => {
      const whole = shown.find(
        (h) => h.length === tokens.length && tokens.every((t, i) => t === gap || t === h[i]),
      );
      return whole!;
    });
    labels.forEach(({ seen }, i) => expect(restored[i]![seen - 1]).toBe(targets[i]));
    expect(new Set(restored).size).toBe(3);
  });

  it("learns nothing more from a longer history than its newest stretch", () => {
    const { feeds } = read([{ user: 2, end: 15, view: "prefix", list }], "augment");
    const [newest, prefix] = [history(2).slice(-maxLength), history(2).slice(16 - maxLength - 1, 16)];
    expect(feeds["label.targets"]!.data).toEqual(Int32Array.from([...newest.slice(1), ...prefix.slice(1)]));
  });
});

describe("a batch of one user with random-drop views", () => {
  const all = history(1);
  const kept = [all[1]!, all[4]!, all[7]!];
  const drop = { user: 1, end: 8, view: "drop", base: 0, list } as const;
  const queries: Query[] = [
    { user: 1, end: 8, list, shown: all },
    { ...drop, scale: 0.375, shown: kept },
    { ...drop, scale: 0.75, shown: all.slice(2) },
    { user: 1, end: 3, view: "prefix", list, shown: all.slice(0, 3) },
  ];

  it.each([
    ["a student that looks back", sasrec, []],
    ["a student that fills gaps", bert4rec, [gap]],
  ] as const)("shows %s what the teacher was shown", (_name, model, end) => {
    const shown = read(queries, "uniform-kl", model).queries.map(({ tokens, seen }) => tokens.slice(0, seen));
    const expected = queries.map((query) => [...query.shown!, ...end]);
    expect(shown).toEqual(expected);
    expect(read(queries, "bahsd", model).views.map(({ tokens }) => tokens)).toEqual([expected[1]]);
  });

  it("has them as further data, with nothing after the newest item", () => {
    const { feeds } = read(queries, "augment");
    const learned = [all, kept, all.slice(2), all.slice(0, 4)];
    expect(feeds["label.targets"]!.data).toEqual(Int32Array.from(learned.flatMap((h) => h.slice(1))));
  });
});
