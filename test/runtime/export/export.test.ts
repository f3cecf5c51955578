import { readdir, readFile, rm, truncate, writeFile, cp } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { datasetFromLists, row } from "../../../src/dataset/index.ts";
import { openBundle, writeBundle, type BundleManifest, type ExportInput } from "../../../src/export/index.ts";
import type { Scorer } from "../../../src/evaluate/index.ts";
import { mf, models, sasrec, type Model, type Parameters as Weights } from "../../../src/models/index.ts";
import { Random } from "../../../src/random.ts";
import { modelScorer } from "../../../src/train/index.ts";
import { freshWeights } from "../../contracts/fresh-weights.ts";
import { oneThread } from "../../contracts/graph-values.ts";
import { knownTo } from "../../contracts/tiny-run.ts";
import { scratch } from "../../unit/scratch.ts";

const folder = await scratch();
const random = new Random(7);
const lists = Array.from({ length: 6 }, (_, u) => random.sample(15, 3 + 2 * u));
const dataset = datasetFromLists(lists, { items: 15, name: "small" });
const users = Int32Array.from(lists.keys());
const histories = Array.from(users, (u) => row(dataset.train, u));

async function exporting(model: Model, directory: string, weights?: Weights): Promise<ExportInput> {
  const options = model.options.parse(knownTo(model, { width: 4, maxLength: 6 }));
  const given = weights ?? freshWeights(model, { users: 6, items: 15 }, options, 2);
  const scorer = await modelScorer({ model, options, weights: given, device: oneThread });
  return {
    directory: folder.path(directory),
    force: false,
    name: directory,
    model,
    options,
    weights: given,
    dataset,
    scorer,
    probes: { users, histories },
    training: { note: "untrained" },
    created: "2026-01-01T00:00:00Z",
  };
}

describe.each(Object.values(models))("a bundle of $name", (model) => {
  let written: ExportInput;
  let manifest: BundleManifest;
  beforeAll(async () => {
    written = await exporting(model, model.name);
    manifest = await writeBundle(written);
  });

  it("gives the training graph's scores", async () => {
    expect(manifest.parity).toMatchObject({ sameTopK: true, histories: 6 });
    expect(manifest.parity.maxAbsDifference).toBeLessThanOrEqual(1e-5);
    const bundle = await openBundle(written.directory, oneThread);
    expect(bundle.manifest).toEqual(manifest);
    const expected = Array.from(await written.scorer.score(users, histories));
    const found = Array.from(await bundle.score(users, histories));
    expected.forEach((s, i) => expect(found[i]).toBeCloseTo(s, 5));
  });

  it("recommends what its scores say, without what is excluded, one request or many", async () => {
    const bundle = await openBundle(written.directory, oneThread);
    const requests = histories.map((history) => ({ history, exclude: new Set(history) }));
    const together = await bundle.recommend(requests, 4);
    for (const [u, request] of requests.entries()) {
      const scores = Array.from(await bundle.score(Int32Array.of(-1), [request.history]));
      const ranked = [...scores.keys()].filter((item) => !request.exclude.has(item));
      ranked.sort((a, b) => scores[b]! - scores[a]! || a - b);
      expect(together[u]!.map(({ item }) => item)).toEqual(ranked.slice(0, 4));
      together[u]!.forEach(({ item, score }) => expect(score).toBeCloseTo(scores[item]!, 5));
      expect((await bundle.recommend([request], 4))[0]!.map(({ item }) => item)).toEqual(ranked.slice(0, 4));
    }
  });

  it("lists every item that is left where fewer are left than asked for", async () => {
    const bundle = await openBundle(written.directory, oneThread);
    const exclude = new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const [list] = await bundle.recommend([{ history: Int32Array.of(1), exclude }], 50);
    expect(list!.map(({ item }) => item).sort((a, b) => a - b)).toEqual([12, 13, 14]);
  });

  it("wants something to go by", async () => {
    const bundle = await openBundle(written.directory, oneThread);
    await expect(bundle.recommend([{}], 3)).rejects.toMatchObject({ code: "input" });
    await expect(bundle.recommend([{ history: new Int32Array(0) }], 3)).rejects.toMatchObject({
      code: "input",
    });
    if (manifest.input === "history")
      await expect(bundle.recommend([{ user: 0 }], 3)).rejects.toMatchObject({ code: "input" });
  });

  it("refuses to take the place of another, unless forced", async () => {
    await expect(writeBundle(written)).rejects.toMatchObject({ code: "conflict" });
    expect(await writeBundle({ ...written, force: true })).toEqual(manifest);
    expect((await readdir(dirname(written.directory))).filter((name) => name.includes(".part"))).toEqual([]);
  });
});

it("items of one score come in the order of their index", async () => {
  const weights = {
    users: { shape: [6, 4], data: new Float32Array(24).fill(1) },
    items: {
      shape: [15, 4],
      data: Float32Array.from({ length: 60 }, (_, i) => Number(Math.floor(i / 4) % 3 === 1)),
    },
  };
  const input = await exporting(mf, "ties", weights);
  await writeBundle(input);
  const bundle = await openBundle(input.directory, oneThread);
  const [list] = await bundle.recommend([{ user: 0, exclude: new Set([4]) }], 7);
  expect(list!.map(({ item }) => item)).toEqual([1, 7, 10, 13, 0, 2, 3]);
});

it("scores of two graphs may be as far apart as float32 keeps scores of their size", async () => {
  const table = (rows: number) => ({
    shape: [rows, 4],
    data: Float32Array.from({ length: rows * 4 }, (_, i) => i % rows), // scores up to 180
  });
  const input = await exporting(mf, "large", { users: table(6), items: table(15) });
  const off = (by: number): Scorer => ({
    items: 15,
    score: async (...given) => (await input.scorer.score(...given)).map((s) => s + by),
  });
  const { parity } = await writeBundle({ ...input, scorer: off(1e-3) });
  expect(parity.maxAbsDifference).toBeCloseTo(1e-3, 4);
  await expect(writeBundle({ ...input, scorer: off(1e-2), force: true })).rejects.toThrow("within 1.8e-3");
});

it("a user the model has not seen is served from the history, a known one by their own vector", async () => {
  const bundle = await openBundle(folder.path("mf"), oneThread);
  const history = Int32Array.of(3, 8);
  const [seen, unseen] = [
    await bundle.recommend([{ user: 0 }], 15),
    await bundle.recommend([{ history }], 15),
  ];
  const byVector = Array.from(await bundle.score(Int32Array.of(0), [new Int32Array(0)]));
  seen[0]!.forEach(({ item, score }) => expect(score).toBeCloseTo(byVector[item]!, 6));
  expect(unseen[0]!.map(({ item }) => item)).not.toEqual(seen[0]!.map(({ item }) => item));
  expect(bundle.users!.size).toBe(6);
});

describe("nothing is left behind", () => {
  const left = async (name: string) =>
    (await readdir(dirname(folder.path(name)))).filter((entry) => entry.includes(name));

  it("when the exported graph is not the trained one", async () => {
    const input = await exporting(sasrec, "differs");
    const off = {
      items: 15,
      score: async (...given: Parameters<Scorer["score"]>) =>
        (await input.scorer.score(...given)).map((s) => s + 1e-3),
    };
    await expect(writeBundle({ ...input, scorer: off })).rejects.toMatchObject({
      code: "io",
      message: expect.stringContaining("Nothing was written") as string,
    });
    expect(await left("differs")).toEqual([]);
  });

  it("when a file cannot be written", async () => {
    const input = await exporting(sasrec, "unwritable");
    await expect(writeBundle({ ...input, extra: { "no\0name": "" } })).rejects.toThrow();
    expect(await left("unwritable")).toEqual([]);
  });

  it("and what is in the way stays", async () => {
    const path = await folder.write("in-the-way", "mine");
    await expect(
      writeBundle({ ...(await exporting(sasrec as Model, "in-the-way")), force: true }),
    ).rejects.toMatchObject({ code: "conflict" });
    expect(await readFile(path, "utf8")).toBe("mine");
  });
});

describe("a broken bundle is named with its file", () => {
  const edited = (change: (manifest: BundleManifest) => unknown) => async (at: string) => {
    const path = join(at, "manifest.json");
    await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, "utf8")) as BundleManifest)));
  };
  const breaks: Record<string, readonly [string, string, (at: string) => Promise<unknown>]> = {
    "no folder": ["not-found", "broken no folder", (at) => rm(at, { recursive: true })],
    "no manifest": ["not-found", "broken no manifest", (at) => rm(join(at, "manifest.json"))],
    "a manifest cut off": ["input", "manifest.json", (at) => truncate(join(at, "manifest.json"), 50)],
    "a manifest of another version": ["input", "manifest.json", edited((m) => ({ ...m, schema: 2 }))],
    "a manifest without sizes": ["input", "manifest.json", edited(({ sizes: _, ...rest }) => rest)],
    "another number of items": [
      "input",
      "items.json",
      edited((m) => ({ ...m, sizes: { ...m.sizes, items: 14 } })),
    ],
    "no vocabulary": ["not-found", "items.json", (at) => rm(join(at, "items.json"))],
    "no users": ["not-found", "users.json", (at) => rm(join(at, "users.json"))],
    "no model": ["input", "model.onnx", (at) => rm(join(at, "model.onnx"))],
    "a model cut off": ["input", "model.onnx", (at) => truncate(join(at, "model.onnx"), 300)],
    "an empty model": ["input", "model.onnx", (at) => truncate(join(at, "model.onnx"), 0)],
    "another bundle's model": [
      "conflict",
      "model.onnx",
      (at) => cp(folder.path("sasrec/model.onnx"), join(at, "model.onnx")),
    ],
    "a model of noise": [
      "input",
      "model.onnx",
      (at) => writeFile(join(at, "model.onnx"), Buffer.alloc(500, 7)),
    ],
  };
  it.each(Object.entries(breaks))("%s", async (name, [code, file, damage]) => {
    const at = folder.path(`broken ${name}`);
    await cp(folder.path("mf"), at, { recursive: true });
    await damage(at);
    const failure: unknown = await openBundle(at, oneThread).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "UserError", code });
    expect((failure as Error).message).toMatch(
      new RegExp(`${file.replace(".", "\\.")}: expected .+, got .+\\. .+\\.$`, "s"),
    );
  });
});
