import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { datasetFromLists, openDataset, owned, row, writeDataset } from "../../../src/dataset/index.ts";
import { scratch } from "../scratch.ts";

const { path } = await scratch();
const made = datasetFromLists(
  [
    [3, 1, 0, 2],
    [2, 0],
    [1, 3, 2],
  ],
  { items: 5, titles: ["zero", "one"] },
);
await writeDataset(made, path("whole"));

test("what is written is what is opened", async () => {
  const opened = await openDataset(path("whole"));
  expect([opened.train, opened.valid, opened.test]).toEqual([made.train, made.valid, made.test]);
  expect([opened.items.size, opened.items.title(1), opened.items.title(2)]).toEqual([5, "one", undefined]);
  expect(opened.manifest).toEqual({ ...made.manifest, name: "whole" });
});

test("lists in memory are split like files", () => {
  expect([row(made.train, 0), row(made.valid, 0), row(made.test, 0)]).toEqual([
    Int32Array.of(3, 1),
    Int32Array.of(0),
    Int32Array.of(2),
  ]);
  expect(row(made.train, 1)).toEqual(Int32Array.of(2, 0));
  const halves = datasetFromLists([[3, 1, 0, 2]], { split: { kind: "ratio", train: 0.5, valid: 0 } });
  expect([row(halves.train, 0), row(halves.valid, 0), row(halves.test, 0)]).toEqual([
    Int32Array.of(3, 1),
    Int32Array.of(),
    Int32Array.of(0, 2),
  ]);
});

type Damage = (folder: string) => Promise<unknown>;
const edit =
  (name: string, change: (text: string) => string): Damage =>
  async (folder) =>
    writeFile(join(folder, name), change(await readFile(join(folder, name), "utf8")));
const cut =
  (name: string): Damage =>
  async (folder) => {
    const bytes = await readFile(join(folder, name));
    await writeFile(join(folder, name), bytes.subarray(0, bytes.length - 30));
  };
const drop =
  (name: string): Damage =>
  (folder) =>
    rm(join(folder, name));

test.each<[string, Damage, RegExp]>([
  ["no-manifest", drop("manifest.json"), /expected a dataset, a folder with manifest.json, got no such file/],
  ["not-json", edit("manifest.json", () => "{"), /manifest.json: expected the manifest of a dataset/],
  [
    "other-json",
    edit("manifest.json", (text) => text.replace('"users": 3', '"users": "3"')),
    /got one of another version or damaged, at its field counts.users\. Import the data again/,
  ],
  [
    "future",
    edit("manifest.json", (text) => text.replace('"schema": 1', '"schema": 2')),
    /at its field schema\./,
  ],
  [
    "other-hash",
    edit("manifest.json", (text) => text.replace(/"hash": "..../, '"hash": "0000')),
    /as its manifest says, got 3 users/,
  ],
  ["no-items", drop("items.parquet"), /items.parquet: expected a complete Parquet file/],
  ["cut-users", cut("users.parquet"), /users.parquet: expected a complete Parquet file/],
  ["cut-rows", cut("interactions.parquet"), /interactions.parquet: expected a complete Parquet file/],
  [
    "swapped",
    (folder) => cp(join(folder, "users.parquet"), join(folder, "interactions.parquet")),
    /interactions.parquet: expected/,
  ],
  [
    "fewer-items",
    (folder) => cp(join(folder, "users.parquet"), join(folder, "items.parquet")),
    /got an item without an id/,
  ],
])("a broken folder: %s", async (name, damage, message) => {
  await cp(path("whole"), path(name), { recursive: true });
  await damage(path(name));
  const error: unknown = await openDataset(path(name)).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ name: "UserError", message: expect.stringMatching(message) as string });
});

test("owned: a seeded share, ascending, that grows with the share", () => {
  const shop = datasetFromLists(Array.from({ length: 50 }, () => [0, 1]));
  const some = owned(shop, 0.2, 7);
  expect(some).toHaveLength(10);
  expect(some).toEqual(owned(shop, 0.2, 7).sort());
  expect(some).not.toEqual(owned(shop, 0.2, 8));
  expect(Array.from(owned(shop, 0.5, 7))).toEqual(expect.arrayContaining(Array.from(some)));
  expect(owned(shop, 1, 7)).toEqual(Int32Array.from({ length: 50 }, (_, u) => u));
  expect(owned(shop, 0.001, 7)).toHaveLength(1);
  for (const share of [0, 1.1, NaN]) expect(() => owned(shop, share, 7)).toThrow("share of users");
});
