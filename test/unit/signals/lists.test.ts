import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { datasetFromLists, fromLists } from "../../../src/dataset/index.ts";
import { openListSignal, writeListSignal, type ListRows } from "../../../src/signals/index.ts";

const dataset = datasetFromLists([
  [0, 1, 2, 3, 4],
  [3, 2, 1, 0, 4],
]);
const rows: ListRows = {
  user: Int32Array.of(1, 1, 0),
  start: Int32Array.of(0, 2, 0),
  end: Int32Array.of(3, 3, 3),
  view: ["full", "suffix", "prefix"],
  scale: Float32Array.of(1, 0.25, 1),
  base: Int32Array.of(-1, 0, -1),
  lists: fromLists([[4, 2], [1], [0, 3, 2]]),
  scores: Float32Array.of(0.1, 1e-30, -7, 1, 0.333333, -1e9),
};
const counts = {
  planned: 3,
  paid: 3,
  cached: 0,
  failed: 0,
  retries: 0,
  unknownIds: 0,
  duplicateIds: 0,
  shortLists: 0,
  badAnswers: 0,
};
const provenance = {
  dataset: dataset.manifest.hash,
  teacher: { name: "t", endpoint: "memory", version: "1", scores: "ids+score" as const },
  k: 3,
  scales: [0.25],
  users: { share: 1, seed: 0, count: 2 },
  counts,
};

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "potstill-it's-a-signal-"));
  folder = join(root, "s");
});
afterEach(() => rmSync(root, { recursive: true }));

const idsOnly = { ...provenance, teacher: { ...provenance.teacher, scores: "ids" as const } };

describe("a lists signal", () => {
  test("comes back as it was written, bit for bit", async () => {
    const manifest = await writeListSignal(folder, rows, provenance);
    const signal = await openListSignal(folder, dataset);
    expect(signal).toEqual({ ...rows, directory: folder, manifest, owned: Int32Array.of(0, 1) });
    expect(readdirSync(folder).sort()).toEqual(["lists.parquet", "manifest.json"]);
  });

  test("comes back with the histories that were asked, where these are invented", async () => {
    const histories = fromLists([[4, 0, 4], [], [2]]);
    const queries = { kind: "random", seed: 1, maxLength: 3 } as const;
    const plain = await writeListSignal(folder, rows, provenance);
    const manifest = await writeListSignal(folder, { ...rows, histories }, { ...provenance, queries });
    const signal = await openListSignal(folder, dataset);
    expect(signal).toEqual({ ...rows, histories, directory: folder, manifest, owned: Int32Array.of(0, 1) });
    expect(manifest.hash).not.toBe(plain.hash);
  });

  test("keeps shuffled histories apart, under the hash of all rows", async () => {
    const all: ListRows = {
      user: Int32Array.of(1, 1, 0, 1),
      start: Int32Array.of(0, 2, 0, 0),
      end: Int32Array.of(3, 3, 3, 3),
      view: [...rows.view, "shuffle"],
      scale: Float32Array.of(1, 0.25, 1, 1),
      base: Int32Array.of(-1, 0, -1, 0),
      lists: fromLists([[4, 2], [1], [0, 3, 2], [2, 4]]),
      scores: Float32Array.of(...rows.scores!, 2, 1),
      histories: fromLists([[3, 2, 1], [1], [0, 1, 2], [1, 3, 2]]),
    };
    const manifest = await writeListSignal(folder, all, { ...provenance, shuffled: 1 });
    const { histories, shuffled, ...signal } = await openListSignal(folder, dataset);
    expect(signal).toEqual({ ...rows, directory: folder, manifest, owned: Int32Array.of(0, 1) });
    expect(histories).toEqual(fromLists([[3, 2, 1], [1], [0, 1, 2]]));
    expect(shuffled).toEqual({ base: Int32Array.of(0), lists: fromLists([[2, 4]]) });
  });

  test("has no scores where the teacher gives none", async () => {
    await writeListSignal(folder, { ...rows, scores: null }, idsOnly);
    expect((await openListSignal(folder, dataset)).scores).toBeNull();
  });

  test("has a hash of its content alone", async () => {
    const one = await writeListSignal(folder, rows, provenance);
    const two = await writeListSignal(folder, rows, { ...provenance, counts: { ...counts, cached: 3 } });
    const other = await writeListSignal(folder, { ...rows, user: Int32Array.of(0, 0, 1) }, provenance);
    expect(two.hash).toBe(one.hash);
    expect(other.hash).not.toBe(one.hash);
  });

  test("keeps the order of many rows", async () => {
    const n = 5000;
    const many: ListRows = {
      user: Int32Array.from({ length: n }, (_, q) => q % 2),
      start: new Int32Array(n),
      end: new Int32Array(n).fill(3),
      view: Array.from({ length: n }, () => "full" as const),
      scale: new Float32Array(n).fill(1),
      base: new Int32Array(n).fill(-1),
      lists: fromLists(Array.from({ length: n }, (_, q) => Array.from({ length: q % 7 }, (_, i) => q + i))),
      scores: null,
    };
    await writeListSignal(folder, many, idsOnly);
    expect(await openListSignal(folder, dataset)).toMatchObject(many);
  });
});

describe("a signal that cannot be used", () => {
  beforeEach(() => writeListSignal(folder, rows, provenance));
  const parquet = () => join(folder, "lists.parquet");
  const manifest = () => join(folder, "manifest.json");

  test("of other data: both hashes are named", async () => {
    const other = datasetFromLists([[0, 1, 2, 3]]);
    const run = openListSignal(folder, other);
    await expect(run).rejects.toMatchObject({ code: "conflict" });
    await expect(run).rejects.toThrow(other.manifest.hash.slice(0, 12));
    await expect(run).rejects.toThrow(dataset.manifest.hash.slice(0, 12));
  });

  test.each<[string, () => void, string]>([
    ["truncated", () => truncateSync(parquet(), 300), "input"],
    ["empty", () => truncateSync(parquet(), 0), "input"],
    ["no Parquet", () => writeFileSync(parquet(), "PAR1 but not really PAR1"), "input"],
    ["without its table", () => rmSync(parquet()), "input"],
    ["manifest cut short", () => truncateSync(manifest(), 40), "input"],
    ["manifest of another kind", () => writeFileSync(manifest(), '{"schema":1,"kind":"factors"}'), "input"],
    ["without a manifest", () => rmSync(manifest()), "not-found"],
  ])("%s", async (_, damage, code) => {
    damage();
    await expect(openListSignal(folder, dataset)).rejects.toMatchObject({ name: "UserError", code });
  });

  test("a table that is not the manifest's", async () => {
    const before = readFileSync(manifest(), "utf8");
    await writeListSignal(folder, { ...rows, user: Int32Array.of(0, 0, 1) }, provenance);
    writeFileSync(manifest(), before);
    await expect(openListSignal(folder, dataset)).rejects.toThrow(/expected content with hash/);
  });
});
