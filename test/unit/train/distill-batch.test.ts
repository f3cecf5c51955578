/** A query is read off the student at the token where its history ends, and that token has seen its history. */
import { describe, expect, it } from "vitest";
import { datasetFromLists, row } from "../../../src/dataset/index.ts";
import { methodNamed } from "../../../src/methods/index.ts";
import { sasrec, type SequenceModel } from "../../../src/models/index.ts";
import { Random } from "../../../src/random.ts";
import type { ListSignal } from "../../../src/signals/index.ts";
import { distillOptions, distillTask, partsOf, type Feeds } from "../../../src/train/index.ts";
import { rowsOf, type Query } from "../../contracts/lists-of.ts";

const maxLength = 8;
const lists = [5, 10, 22].map((n, u) => Array.from({ length: n }, (_, i) => (i + 3 * u) % 30));
const dataset = datasetFromLists(lists, { items: 30 }); // 3, 8 and 20 items to learn from
const list = [1, 2];

/** What each query of one user reads: the item of its token, and how many tokens that has seen. */
function read(queries: readonly Query[], method = "uniform-kl") {
  const user = queries[0]!.user;
  const signal = { ...rowsOf(queries), manifest: { k: 2 } } as ListSignal;
  const model: SequenceModel = sasrec;
  const modelOptions = model.options.parse({ width: 4, maxLength });
  const given = {
    model,
    modelOptions,
    weights: model.parameters({ users: 3, items: 30 }, modelOptions, new Random(1)),
    train: dataset.train,
    users: Int32Array.of(user),
    random: new Random(2),
    method: methodNamed(method),
    methodOptions: methodNamed(method).options.parse(
      method === "uniform-kl" ? { views: true } : { mode: "brief" },
    ),
    signal,
  };
  const [feeds] = partsOf(distillTask(given, distillOptions.parse({})).epoch(0).batch(0)) as [Feeds];
  const width = feeds["tokens.items"]!.shape[1]!;
  const at = (name: string) =>
    Array.from(feeds[name]!.data as Int32Array, (token) => ({
      item: Number(feeds["tokens.items"]!.data[token]),
      seen: (token % width) - Number(feeds["tokens.first"]!.data[token]) + 1,
    }));
  return { queries: at("query.rows"), views: at("view.rows"), labels: at("label.rows"), feeds };
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
    expect(views).toEqual([{ item: history(1)[7], seen: 2 }]);
  });

  it("predicts every item of the newest stretch but its first from those before it", () => {
    const { labels, feeds } = read([{ user: 2, end: 20, list }]);
    const newest = history(2).slice(-maxLength);
    expect(feeds["label.targets"]!.data).toEqual(Int32Array.from(newest.slice(1)));
    expect(labels).toEqual(newest.slice(0, -1).map((item, i) => ({ item, seen: i + 1 })));
  });
});
