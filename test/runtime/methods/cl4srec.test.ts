import { describe, expect, it } from "vitest";
import { row } from "../../../src/dataset/index.ts";
import { hashWeights } from "../../../src/export/index.ts";
import { cl4srec, methodNamed } from "../../../src/methods/index.ts";
import {
  bert4rec,
  gap,
  sasrec,
  type Parameters as Weights,
  type SequenceModel,
} from "../../../src/models/index.ts";
import { Random } from "../../../src/random.ts";
import { distillOptions, distillTask, partsOf, type Feeds } from "../../../src/train/index.ts";
import { differences, gradientOf, inFloat64 } from "../../contracts/graph-values.ts";
import { taught } from "../../contracts/list-batch.ts";
import { batch, dataset, items, k, queries, scores } from "../../contracts/list-world.ts";
import { rowsOf, signalOf } from "../../contracts/lists-of.ts";
import { methodContract } from "../../contracts/method-contract.ts";
import { checkerboard, tinyLearn } from "../../contracts/tiny-run.ts";
import { scratch } from "../../unit/scratch.ts";

methodContract(cl4srec, [{}, { similarity: "cosine", temperature: 0.2 }]);
const folder = await scratch();
const signal = await signalOf(folder.path("lists"), dataset, rowsOf(queries), k);

/** The two changed copies of a history. */
const copies = (history: readonly number[], given: Record<string, unknown>, seed: number) => {
  const o = cl4srec.options.parse(given) as Parameters<typeof cl4srec.plan>[3];
  const plan = cl4srec.plan(signal, dataset.train, items, o, new Random(1));
  return plan.twoViews!(Int32Array.from(history), new Random(seed)).map((copy) => Array.from(copy));
};
const ten = Array.from({ length: 10 }, (_, i) => 20 + i);

/** Which change made a copy of `ten`. */
function changeOf(copy: readonly number[]): "crop" | "mask" | "reorder" {
  if (copy.length < ten.length) return "crop";
  return copy.includes(gap) ? "mask" : "reorder";
}

describe("the changes", () => {
  const all = Array.from({ length: 60 }, (_, seed) => copies(ten, {}, seed));

  it("are two different ones, every pair of them in time", () => {
    const pairs = all.map((pair) => pair.map(changeOf).sort().join());
    expect(new Set(pairs)).toEqual(new Set(["crop,mask", "crop,reorder", "mask,reorder"]));
  });

  it("keep 6 of 10 items in a row, hide 3, shuffle 6 in a row", () => {
    const of = (kind: string) => all.flat().filter((copy) => changeOf(copy) === kind);
    for (const copy of of("crop")) expect(copy).toEqual(ten.slice(copy[0]! - 20, copy[0]! - 20 + 6));
    for (const copy of of("mask")) {
      expect(copy.filter((item) => item === gap)).toHaveLength(3);
      copy.forEach((item, i) => expect([gap, ten[i]]).toContain(item));
    }
    const moved = of("reorder").map((copy) => copy.flatMap((item, i) => (item === ten[i] ? [] : [i])));
    for (const places of moved) expect((places.at(-1) ?? 0) - (places[0] ?? 0)).toBeLessThan(6);
    for (const copy of of("reorder")) expect(copy.toSorted()).toEqual(ten);
    expect(new Set(of("crop").map((copy) => copy[0])).size).toBe(5);
  });

  it("leave one item as it is, and one of two when cropped", () => {
    expect(copies([7], {}, 1)).toEqual([[7], [7]]);
    for (let seed = 0; seed < 20; seed++)
      for (const copy of copies([7, 8], {}, seed)) expect(copy.length).toBeGreaterThan(0);
  });

  it("change nothing at ratios of 1 and 0", () => {
    for (let seed = 0; seed < 9; seed++)
      expect(copies(ten, { crop: 1, mask: 0, reorder: 0 }, seed)).toEqual([ten, ten]);
  });
});

describe("the loss", () => {
  const rows = batch.map((_, b) => Array.from(scores.data.slice(b * items, (b + 1) * items), Number));
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
  const users = [0, 1, 2, 0, -1];

  it.each(["dot", "cosine"] as const)(
    "by hand with %s: views of others of both kinds are negatives",
    (similarity) => {
      const o = { similarity, temperature: 0.5, weight: 0.3 };
      const { loss, values } = taught(cl4srec, signal, dataset, o, users, scores);
      const other = rows.map((r) => r.map((x, i) => x * 0.5 + i / 9)); // the second views
      const z = [...rows, ...other].map((r) =>
        similarity === "dot" ? r : r.map((x) => x / Math.sqrt(dot(r, r))),
      );
      const n = rows.length;
      const expected = z.map((a, i) => {
        const positive = z[(i + n) % (2 * n)]!;
        const rest = z.filter((_, j) => j !== i).map((b) => Math.exp(dot(a, b) / 0.5));
        const nll = Math.log(rest.reduce((x, y) => x + y)) - dot(a, positive) / 0.5;
        return users[i % n]! < 0 ? 0 : nll / 8; // four users, two views each
      });
      const given = { ...values, view: { ...scores, data: Float64Array.from(other.flat()) } };
      expect(inFloat64(loss, given)[0]).toBeCloseTo(0.3 * expected.reduce((x, y) => x + y), 8);
    },
  );

  it("has the gradient that finite differences show", () => {
    const { loss, values, anchor } = taught(cl4srec, signal, dataset, {}, batch, scores);
    const found = inFloat64(gradientOf(loss, anchor), values);
    differences(loss, "anchor", values).forEach((d, i) => expect(found[i]).toBeCloseTo(d, 6));
  });
});

describe("a batch", () => {
  /** The tokens of the segments that are read as anchors and views. */
  function read(model: SequenceModel) {
    const method = methodNamed("cl4srec");
    const modelOptions = model.options.parse({ width: 4, maxLength: 8 });
    const world = checkerboard({ users: 6, items: 16, length: 8 });
    const given = {
      model,
      modelOptions,
      weights: model.parameters({ users: 6, items: 16 }, modelOptions, new Random(1)),
      train: world.train,
      users: Int32Array.from({ length: 6 }, (_, u) => u),
      random: new Random(2),
      method,
      methodOptions: method.options.parse({}),
      signal: { ...signal, ...rowsOf([]) },
    };
    const task = distillTask(given, distillOptions.parse({}));
    const [feeds] = partsOf(task.epoch(0).batch(0)) as [Feeds];
    const [tokens, first] = [feeds["tokens.items"]!, feeds["tokens.first"]!.data];
    const width = tokens.shape[1]!;
    const segment = (token: number) => {
      const start = token - (token % width) + Number(first[token]);
      return Array.from(tokens.data.slice(start, token + 1), Number);
    };
    const at = (name: string) => Array.from(feeds[name]!.data as Int32Array, segment);
    return { task, world, anchors: at("anchor.rows"), views: at("view.rows"), feeds };
  }

  it("holds two copies of each user's own history, read at their ends", () => {
    const { anchors, views, world, task } = read(sasrec);
    expect([anchors.length, views.length]).toEqual([6, 6]);
    anchors.forEach((anchor, n) => {
      const owner = Array.from({ length: 6 }, (_, u) => Array.from(row(world.train, u))).filter((history) =>
        [...anchor, ...views[n]!].every((item) => item === 16 || history.includes(item)),
      );
      expect(owner.length).toBeGreaterThan(0);
    });
    expect([...anchors, ...views].flat()).toContain(16); // hidden: the row after the items'
    expect(task.weights["hider"]!.shape).toEqual([1, 4]);
    expect(task.exported).not.toHaveProperty("hider");
  });

  it("hides with the gap of a student that fills gaps", () => {
    const { anchors, views, task } = read(bert4rec);
    for (const copy of [...anchors, ...views]) expect(copy.at(-1)).toBe(gap);
    expect([...anchors, ...views].some((copy) => copy.slice(0, -1).includes(gap))).toBe(true);
    expect(task.weights).not.toHaveProperty("hider");
  });
});

it("reads no list, and with weight 0 is `none` but for rounding", async () => {
  const world = checkerboard();
  const learn = async (method: string, list: number[], options = {}) => {
    const own = await signalOf(
      folder.path(`${method}-${list.join()}`),
      world,
      rowsOf([{ user: 0, end: 3, list }]),
      k,
    );
    return (await tinyLearn({ model: sasrec, dataset: world, teacher: { method, signal: own, options } }))
      .weights;
  };
  const one = await learn("cl4srec", [1, 2]);
  expect(hashWeights(await learn("cl4srec", [3]))).toBe(hashWeights(one));
  const [off, none] = [await learn("cl4srec", [1], { weight: 0 }), await learn("none", [1])];
  const distance = (a: Weights, b: Weights) =>
    a["items"]!.data.reduce((most, x, i) => Math.max(most, Math.abs(x - b["items"]!.data[i]!)), 0);
  expect(distance(off, none)).toBeLessThan(1e-4);
  expect(distance(one, none)).toBeGreaterThan(1e-2);
});
