import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import {
  datasetFromLists,
  describe as describeData,
  idsOf,
  importDataset,
  openDataset,
} from "../../../src/dataset/index.ts";
import { drive } from "../../../src/events.ts";
import { scratch } from "../scratch.ts";
import { imported, plain, spell } from "./made.ts";

const { path, write } = await scratch();
const csv = (file: string) => ({ file, format: "csv" as const });

test("duplicates: the first in the user's order stays, and they are counted", async () => {
  const timed = await write("dup.csv", "user,item,time\nu,a,9\nu,b,5\nu,a,1\nu,c,6\nv,a,2\n");
  const byTime = await imported(csv(timed), path("dup"));
  expect(spell(byTime, "train")).toEqual(["u: a", "v: a"]);
  expect(spell(byTime, "test")).toEqual(["u: c", "v:"]);
  expect(byTime.manifest.rules.duplicates).toMatch(/kept; 1 dropped$/);

  const stored = await write("dup.txt", "1 7\n1 8\n1 7\n1 9\n");
  const asStored = await imported({ file: stored, format: "sasrec" }, path("dup2"));
  expect([spell(asStored, "train"), spell(asStored, "valid"), spell(asStored, "test")]).toEqual([
    ["1: 7"],
    ["1: 8"],
    ["1: 9"],
  ]);
});

test("ties in time: stored order, or item index", async () => {
  const file = await write("ties.csv", "user,item,time\n1,30,5\n1,20,5\n1,10,5\n1,4,1\n");
  const all = { split: { kind: "ratio", train: 1, valid: 0, order: "stored", seed: 0 } } as const;
  const stored = await imported(csv(file), path("ties"), all);
  const byItem = await imported(csv(file), path("ties"), { ...all, ties: "item" });
  expect(spell(stored, "train")).toEqual(["1: 4 30 20 10"]);
  expect(spell(byItem, "train")).toEqual(["1: 4 10 20 30"]);
});

test("indices: whole numbers by value, else first appearance", async () => {
  const numbers = await imported(
    { file: await write("n.txt", "10 2\n9 11\n-1 3\n"), format: "sasrec" },
    path("n"),
  );
  expect([idsOf(numbers.users), idsOf(numbers.items)]).toEqual([
    ["-1", "9", "10"],
    ["2", "3", "11"],
  ]);
  const words = await imported(
    { file: await write("w.txt", "10 b\nx a\n9 b\n"), format: "sasrec" },
    path("w"),
  );
  expect([idsOf(words.users), idsOf(words.items)]).toEqual([
    ["10", "x", "9"],
    ["b", "a"],
  ]);
  expect([words.items.index("a"), words.items.index("c")]).toEqual([1, undefined]);
});

/** u has a b c, v has a b, w has c: with 2 and 2, removing w makes c rare, which leaves a and b of u and v. */
const core = "u a\nu b\nu c\nv a\nv b\nw c\n";

test("k-core repeats until nothing changes, one pass does not", async () => {
  const source = { file: await write("core.txt", core), format: "sasrec" as const };
  const kcore = await imported(source, path("core"), { filter: { kind: "kcore", user: 2, item: 2 } });
  expect(spell(kcore, "train")).toEqual(["u: a b", "v: a b"]);
  expect(kcore.manifest.rules.filter).toContain("2 interactions dropped");
  const once = await imported(source, path("core"), { filter: { kind: "one-pass", user: 2, item: 2 } });
  expect(idsOf(once.items)).toEqual(["a", "b", "c"]);
  expect(idsOf(once.users)).toEqual(["u", "v"]);
});

test("rows below the least value are dropped before all else", async () => {
  const file = await write("value.csv", "user,item,rating\nu,a,5\nu,b,3\nu,c,\nv,b,4\n");
  const dataset = await imported(csv(file), path("value"), { minValue: 4 });
  expect(spell(dataset, "train")).toEqual(["u: a", "v: b"]);
  expect(dataset.manifest.rules.filter).toBe("value at least 4, 2 rows dropped; none");
});

test("ratio: per user in stored order, with at least one for train", async () => {
  const file = await write("ratio.dat", "10 0 1 2 3 4 5 6 7 8 9\n1 5\n4 3 2 1 0\n");
  const split = { kind: "ratio", train: 0.7, valid: 0.1, order: "stored", seed: 0 } as const;
  const dataset = await imported({ file, format: "user-lists" }, path("ratio"), { split });
  expect(spell(dataset, "train")).toEqual(["0: 0 1 2 3 4 5 6", "1: 5", "2: 3 2"]);
  expect(spell(dataset, "valid")).toEqual(["0: 7", "1:", "2: 1"]);
  expect(spell(dataset, "test")).toEqual(["0: 8 9", "1:", "2: 0"]);
});

test("random ratio: the same for a seed, other for another, always in the user's order", async () => {
  const file = await write("random.txt", Array.from({ length: 40 }, (_, i) => `1 ${i}\n`).join(""));
  const draw = async (seed: number) => {
    const split = { kind: "ratio", train: 0.5, valid: 0.25, order: "random", seed } as const;
    return imported({ file, format: "sasrec" }, path(`random${seed}`), { split });
  };
  const [one, again, other] = [await draw(1), await draw(1), await draw(2)];
  expect(one.manifest.parts).toEqual({ train: 20, valid: 10, test: 10 });
  expect(one.manifest.hash).toBe(again.manifest.hash);
  expect(one.train.items).not.toEqual(other.train.items);
  expect(one.train.items).toEqual(one.train.items.slice().sort());
  expect(one.train.items).not.toEqual(Int32Array.from({ length: 20 }, (_, i) => i));
});

test("temporal: one cut in time for everybody; a part of a user may be empty", async () => {
  const file = await write(
    "t.csv",
    "user,item,time\n1,1,10\n1,2,20\n1,3,30\n2,1,40\n2,2,50\n1,4,60\n3,1,70\n2,3,80\n1,5,90\n3,2,100\n",
  );
  const dataset = await imported(csv(file), path("t"), {
    split: { kind: "temporal", valid: 0.2, test: 0.3 },
  });
  expect(spell(dataset, "train")).toEqual(["1: 1 2 3", "2: 1 2", "3:"]);
  expect(spell(dataset, "valid")).toEqual(["1: 4", "2:", "3: 1"]);
  expect(spell(dataset, "test")).toEqual(["1: 5", "2: 3", "3: 2"]);
});

test("titles come along where the file has them", async () => {
  const source = { file: await write("x.txt", "1 7\n1 9\n"), format: "sasrec" as const };
  const titles = await write("x.tsv", 'sasrec_item\tyear\ttitle\n7\t1994\tSay "when"\n8\t1995\tOther\n');
  await drive(importDataset({ source, out: path("x"), rules: plain, titles: { file: titles } }));
  const { items } = await imported(source, path("untitled"));
  expect(items.title(0)).toBeUndefined();
  const titled = await openDataset(path("x"));
  expect([titled.items.title(0), titled.items.title(1)]).toEqual(['Say "when"', undefined]);
  expect(describeData(titled)).toMatchObject({ titles: 1, averages: { perUser: 2, perItem: 1 } });
  const wrong = importDataset({
    source,
    out: path("y"),
    rules: plain,
    titles: { file: titles, columns: ["titel", "year"] },
  });
  await expect(drive(wrong)).rejects.toThrow(/expected a column of item ids named "titel".*nearest is title/);
});

test("the same data gives the same hash, whatever the format", async () => {
  const lists = [
    [0, 1, 2],
    [2, 0, 1],
    [1, 2],
  ];
  const asLists = await write(
    "same.dat",
    lists.map((items) => `${items.length} ${items.join(" ")}\n`).join(""),
  );
  const asLines = await write(
    "same.txt",
    lists.flatMap((items, u) => items.map((i) => `${u} ${i}\n`)).join(""),
  );
  const hashes = [
    (await imported({ file: asLists, format: "user-lists" }, path("same1"))).manifest.hash,
    (await imported({ file: asLines, format: "sasrec" }, path("same2"))).manifest.hash,
    datasetFromLists(lists).manifest.hash,
  ];
  expect(new Set(hashes).size).toBe(1);
  expect(
    datasetFromLists([
      [1, 0, 2],
      [2, 0, 1],
      [1, 2],
    ]).manifest.hash,
  ).not.toBe(hashes[0]);
});

test("counts, lengths and parts are those of the rows", async () => {
  const source = {
    file: await write("c.txt", "1 1\n1 2\n1 3\n1 4\n2 1\n3 1\n3 2\n"),
    format: "sasrec" as const,
  };
  const { manifest } = await imported(source, path("c"));
  expect(manifest).toMatchObject({
    name: "c",
    counts: { users: 3, items: 4, interactions: 7, densityPercent: (100 * 7) / 12 },
    lengths: { min: 1, median: 2, mean: 7 / 3, max: 4 },
    parts: { train: 5, valid: 1, test: 1 },
    source: { file: "c.txt", format: "sasrec" },
  });
});

test("an existing dataset is replaced only by force, anything else never", async () => {
  const source = { file: await write("f.txt", "1 1\n"), format: "sasrec" as const };
  const to = (out: string, force: boolean) => drive(importDataset({ source, out, rules: plain, force }));
  await to(path("f/deep/set"), false);
  await expect(to(path("f/deep/set"), false)).rejects.toThrow(
    "got an existing dataset. Choose another name, or pass --force",
  );
  await to(path("f/deep/set"), true);
  await expect(to(path("f"), true)).rejects.toThrow("got something else");
  await expect(to(source.file, true)).rejects.toThrow("got a file");
  const others = {
    "model.onnx": "a bundle",
    "ledger.duckdb": "the folder of a probe",
    "app.js": "something else",
  };
  for (const [file, what] of Object.entries(others)) {
    await write(`other-${file}/manifest.json`, "{}");
    await write(`other-${file}/${file}`, "kept");
    await expect(to(path(`other-${file}`), true)).rejects.toThrow(`got ${what}`);
    expect(await readFile(path(`other-${file}/${file}`), "utf8")).toBe("kept");
  }
  expect(await readdir(path("f/deep"))).toEqual(["set"]);
  expect((await readdir(path("f/deep/set"))).sort()).toEqual([
    "interactions.parquet",
    "items.parquet",
    "manifest.json",
    "users.parquet",
  ]);
});

test("nothing is left behind by a failure, and the old dataset stays", async () => {
  const good = { file: await write("g.txt", "1 1\n1 2\n"), format: "sasrec" as const };
  await imported(good, path("g/set"));
  const before = await readFile(path("g/set/manifest.json"), "utf8");
  const bad = { file: await write("g-bad.txt", "1 1\n1\n"), format: "sasrec" as const };
  await expect(imported(bad, path("g/set"))).rejects.toThrow("line 2");
  await expect(
    imported(good, path("g/set"), { filter: { kind: "kcore", user: 9, item: 9 } }),
  ).rejects.toThrow("expected some interactions left, got none");
  expect(await readdir(path("g"))).toEqual(["set"]);
  expect(await readFile(path("g/set/manifest.json"), "utf8")).toBe(before);
});

test.each([
  [{ split: { kind: "temporal", valid: 0.1, test: 0.1 } }, "the temporal split: expected a time column"],
  [{ ties: "item" }, "--ties item: expected a time column"],
  [{ minValue: 3 }, "--min-value: expected a value column"],
  [
    { split: { kind: "ratio", train: 0.9, valid: 0.2, order: "stored", seed: 0 } },
    "sum to 1, with some for train, got 0.9, 0.2, -0.1",
  ],
  [{ split: { kind: "ratio", train: NaN, valid: 0.2, order: "stored", seed: 0 } }, "sum to 1"],
] as const)("rule %j needs what is not there", async (rules, message) => {
  const source = { file: await write("need.txt", "1 1\n"), format: "sasrec" as const };
  await expect(imported(source, path("need"), rules)).rejects.toThrow(message);
});
