import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { datasetFromLists, makeShop, owned, row } from "../../../src/dataset/index.ts";
import { evaluate, protocolNamed } from "../../../src/evaluate/index.ts";
import { drive } from "../../../src/events.ts";
import { openBundle } from "../../../src/export/index.ts";
import { reliabilitySchema } from "../../../src/report/types.ts";
import { distillRun, trainRun, type RunInput } from "../../../src/runs/index.ts";
import { oneThread } from "../../contracts/graph-values.ts";
import { densePropagation, spread } from "../../contracts/dense-graph.ts";
import { askScorer, signalOf } from "../../contracts/lists-of.ts";
import { tinyLearn } from "../../contracts/tiny-run.ts";
import { lightgcn, sasrec, type UserModel } from "../../../src/models/index.ts";
import { Random } from "../../../src/random.ts";
import { scratch } from "../../unit/scratch.ts";

const folder = await scratch();
const { histories } = makeShop({ users: 40, items: 30, seed: 2 });
const dataset = datasetFromLists(histories, { items: 30, name: "shop" });
const small = { width: 8, blocks: 1, maxLength: 10, dropout: 0, epochs: 2, validateEvery: 1 };

const input = (name: string, settings: Record<string, unknown> = small): RunInput => ({
  dataset,
  out: folder.path(name),
  force: false,
  resume: false,
  seed: 1,
  created: "2026-01-01T00:00:00Z",
  settings,
  device: oneThread,
});
const everybody = { share: 1, seed: 1 };

describe("settings", () => {
  it("are one namespace of model, training and method; an unknown one names the nearest", async () => {
    const run = trainRun({
      ...input("typo", { ...small, learningrate: 1 }),
      model: "sasrec",
      users: everybody,
    });
    await expect(drive(run)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("Did you mean learningRate?") as string,
    });
  });

  it("are those of the model at hand", async () => {
    const run = trainRun({ ...input("foreign", { blocks: 2 }), model: "mf", users: everybody });
    await expect(drive(run)).rejects.toMatchObject({ code: "usage" });
  });

  it("are written into the bundle resolved, with what made it", async () => {
    const { manifest } = await drive(
      trainRun({ ...input("trained"), model: "sasrec", users: { share: 0.5, seed: 3 } }),
    );
    expect(manifest.options).toMatchObject({ width: 8, heads: 1 });
    expect(manifest.training).toMatchObject({
      command: "train",
      seed: 1,
      epochs: 2,
      options: { loss: "ce", learningRate: 1e-3, epochs: 2 },
      users: { share: 0.5, seed: 3, count: 20 },
      validation: { metric: "ndcg@10" },
    });
    expect((await openBundle(folder.path("trained"), oneThread)).manifest).toEqual(manifest);
  });
});

it("of the model, of training, and the seed are those of the checkpoint that a run goes on from", async () => {
  const begun = async (name: string) => {
    const abort = new AbortController();
    const given = { ...input(name, { ...small, epochs: 50 }), abort: abort.signal };
    const run = trainRun({ ...given, model: "sasrec", users: everybody });
    for (let next = await run.next(); next.done !== true; next = await run.next())
      if (next.value.type === "validation") abort.abort();
  };
  await expect(begun("begun")).rejects.toMatchObject({ code: "interrupted" });
  const others: Partial<RunInput>[] = [
    { settings: { ...small, epochs: 50, dropout: 0.5 } },
    { settings: { ...small, epochs: 50, heads: 2 } },
    { settings: { ...small, epochs: 50, learningRate: 0.1 } },
    { settings: { ...small, epochs: 50 }, seed: 2 },
  ];
  for (const other of others) {
    const run = trainRun({
      ...input("begun"),
      resume: true,
      ...other,
      model: "sasrec",
      users: everybody,
    });
    await expect(drive(run)).rejects.toMatchObject({ code: "conflict" });
  }
});

it.each(["sasrec", "popularity"])(
  "a folder of somebody else where a checkpoint of %s would be stays as it is",
  async (model) => {
    const name = `beside-${model}`;
    await mkdir(`${folder.path(name)}.checkpoint`);
    await writeFile(`${folder.path(name)}.checkpoint/notes.txt`, "precious");
    const run = trainRun({ ...input(name, model === "sasrec" ? small : {}), model, users: everybody });
    await expect(drive(run)).rejects.toMatchObject({ code: "conflict" });
    expect(await readFile(`${folder.path(name)}.checkpoint/notes.txt`, "utf8")).toBe("precious");
  },
);

describe("an unknown name is answered with the nearest", () => {
  const misspelt = { code: "usage", message: expect.stringContaining('Write "sasrec"') as string };

  it("of a model", async () => {
    const run = trainRun({ ...input("model"), model: "sasrek", users: everybody });
    await expect(drive(run)).rejects.toMatchObject(misspelt);
  });

  it("of a student or a method", async () => {
    const signal = await signalOf(folder.path("signal-names"), dataset, await teacherSays(), 10);
    const student = distillRun({ ...input("names"), signal, method: "none", student: "sasrek" });
    await expect(drive(student)).rejects.toMatchObject(misspelt);
    const method = distillRun({ ...input("names"), signal, method: "uniformkl", student: "sasrec" });
    await expect(drive(method)).rejects.toThrow('Write "uniform-kl"');
  });
});

it("a student that has no histories to read is refused before anything is trained", async () => {
  const signal = await signalOf(folder.path("signal-mf"), dataset, await teacherSays(), 10);
  const run = distillRun({ ...input("mf-student", {}), signal, method: "bahsd", student: "mf" });
  await expect(drive(run)).rejects.toMatchObject({ code: "conflict" });
});

it("a bundle of LightGCN holds what the owned users' training interactions make of the weights", async () => {
  const users = { share: 0.5, seed: 3 };
  const settings = { width: 4, layers: 2, maxLength: 10, epochs: 0 };
  await drive(trainRun({ ...input("graph", settings), model: "lightgcn", users }));
  const owners = owned(dataset, users.share, users.seed);
  const pairs = Array.from(owners).flatMap((u) => Array.from(row(dataset.train, u), (i) => [u, i] as const));
  const edges = { user: Int32Array.from(pairs, ([u]) => u), item: Int32Array.from(pairs, ([, i]) => i) };
  const sizes = { users: dataset.users.size, items: dataset.items.size };
  const model = lightgcn as UserModel;
  const drawn = model.parameters(sizes, { width: 4 }, new Random(1).split("weights")); // epochs: 0
  const flat = [...drawn["users"]!.data, ...drawn["items"]!.data];
  const tables = spread(densePropagation(sizes, edges, 2), flat, 4);
  const vector = (r: number) => tables.slice(4 * r, 4 * r + 4);
  const bundle = await openBundle(folder.path("graph"), oneThread);
  const scores = await bundle.score(
    owners,
    Array.from(owners, () => new Int32Array(0)),
  );
  for (const [b, u] of owners.entries())
    for (let i = 0; i < sizes.items; i++) {
      const exact = vector(u).reduce((s, v, d) => s + v * vector(sizes.users + i)[d]!, 0);
      expect(scores[b * sizes.items + i]).toBeCloseTo(exact, 6);
    }
});

it.each([
  ["multvae", "history", true],
  ["cdae", "user-or-history", false],
  ["ivae", "user-or-history", true],
])("a bundle of %s takes a %s and scores as training did", async (name, kind, hidden) => {
  const settings = { width: 4, maxLength: 10, epochs: 3, learningRate: 0.02, ...(hidden && { hidden: 12 }) };
  const { manifest } = await drive(trainRun({ ...input(name, settings), model: name, users: everybody }));
  expect(manifest.input).toBe(kind);
  expect(manifest.training).toMatchObject({ options: { batchSize: 500, epochs: 3 } });
  const bundle = await openBundle(folder.path(name), oneThread);
  const protocol = protocolNamed("sasrec-full-valid");
  const { metrics } = await drive(evaluate({ scorer: bundle, data: dataset, protocol }));
  expect(metrics["ndcg@10"]).toBeCloseTo((manifest.training["validation"] as { value: number }).value, 6);
  const [list] = await bundle.recommend([{ history: Int32Array.of(3, 1), exclude: new Set([3, 1]) }], 5);
  expect(list).toHaveLength(5);
  const { users, items, width } = await bundle.tables!(Int32Array.of(0), [Int32Array.of(3)]);
  const scores = await bundle.score(Int32Array.of(0), [Int32Array.of(3)]);
  const first = users.reduce((s, v, d) => s + v * items[width + d]!, 0);
  expect(scores[1]).toBeCloseTo(first, 5);
});

describe("a distilled bundle", () => {
  it("says which signal it came from, and how reliability went with accuracy", async () => {
    const signal = await signalOf(folder.path("signal"), dataset, await teacherSays(), 10);
    const { manifest } = await drive(
      distillRun({ ...input("student"), signal, method: "bahsd", student: "sasrec" }),
    );
    expect(manifest.training).toMatchObject({
      command: "distill",
      method: "bahsd",
      options: { mode: "weighted", threshold: 0.5 },
      signals: { hash: signal.manifest.hash, k: 10 },
    });
    const { bins, spearman, verdict } = await reliability("student");
    expect(verdict!.reasons).not.toEqual([]);
    expect(bins.map(({ queries }) => queries).reduce((a, b) => a + b)).toBeGreaterThan(30);
    for (const [b, { from, to }] of bins.entries()) {
      expect(from).toBeLessThanOrEqual(to);
      expect(to).toBeLessThanOrEqual(bins[b + 1]?.from ?? 1);
    }
    expect(Math.abs(spearman!.teacherNdcg10)).toBeLessThanOrEqual(1);
  });

  it("of lists without views is told that they all count the same", async () => {
    const signal = await signalOf(folder.path("signal-bare"), dataset, await teacherSays([]), 10);
    const said: string[] = [];
    await drive(distillRun({ ...input("bare"), signal, method: "bahsd", student: "sasrec" }), (event) => {
      if (event.type === "notice") said.push(event.message);
    });
    expect(said).toEqual([expect.stringContaining("every list counts the same")]);
  });

  it("leaves out a correlation that is undefined: histories of one length, answers all alike", async () => {
    const same = datasetFromLists(
      Array.from({ length: 12 }, (_, u) => [0, 1, 2, 3, 4, 5].map((i) => (i + u) % 12)),
      { items: 12 },
    );
    const scorer = {
      items: 12,
      score: () => Promise.resolve(Float32Array.from({ length: 12 }, (_, i) => -i)),
    };
    const signal = await signalOf(folder.path("signal-same"), same, await askScorer(same, scorer, 12), 12);
    const run = distillRun({ ...input("same"), dataset: same, signal, method: "bahsd", student: "sasrec" });
    await drive(run);
    expect((await reliability("same")).spearman).toBeUndefined();
  });
});

const reliability = async (name: string) =>
  reliabilitySchema.parse(JSON.parse(await readFile(join(folder.path(name), "reliability.json"), "utf8")));

async function teacherSays(scales?: number[]) {
  const { scorer } = await tinyLearn({ model: sasrec, dataset, fit: { epochs: 2 } });
  return askScorer(dataset, scorer, 10, null, scales);
}
