import { truncate, writeFile } from "node:fs/promises";
import { dump } from "npyjs";
import { expect, it } from "vitest";
import { datasetFromLists } from "../../../src/dataset/index.ts";
import { Database, literal } from "../../../src/interactions/index.ts";
import { openFactorSignal, readVectors, signalKind, writeFactorSignal } from "../../../src/signals/index.ts";
import { scratch } from "../scratch.ts";

const folder = await scratch();
const dataset = datasetFromLists([
  [0, 1, 2, 3],
  [3, 2, 1, 0],
]);
const teacher = { name: "t", source: "memory", version: "1" };
const vectors = (rows: number, width: number) => ({
  width,
  data: Float32Array.from({ length: rows * width }, (_, i) => i / 7 - 1),
});
const factors = { users: vectors(2, 3), items: vectors(4, 3) };

it("what is written is what is opened, and names its kind", async () => {
  const directory = folder.path("whole");
  const manifest = await writeFactorSignal(directory, factors, dataset, teacher);
  const opened = await openFactorSignal(directory, dataset);
  expect(opened.manifest).toEqual(manifest);
  expect([opened.users, opened.items]).toEqual([factors.users, factors.items]);
  expect(await signalKind(directory)).toBe("factors");
});

it.each([
  ["too few users", { ...factors, users: vectors(1, 3) }, "a row for each of 2 users, got 1 rows"],
  ["too many items", { ...factors, items: vectors(5, 3) }, "a row for each of 4 items, got 5 rows"],
  ["two widths", { ...factors, items: vectors(4, 2) }, "one width, got 3 numbers per user and 2 per item"],
  [
    "a number that is none",
    { ...factors, items: { width: 3, data: vectors(4, 3).data.fill(NaN, 7, 8) } },
    "finite numbers in the vectors of items, got NaN in row 2",
  ],
  [
    "nothing but zeros",
    { ...factors, users: { width: 3, data: new Float32Array(6) } },
    "numbers other than 0 in the vectors of users, got zeros alone",
  ],
])("refuses %s and leaves nothing behind", async (name, wrong, message) => {
  const directory = folder.path(name);
  await expect(writeFactorSignal(directory, wrong, dataset, teacher)).rejects.toThrow(message);
  await expect(signalKind(directory)).rejects.toThrow("with manifest.json, got no such file");
});

it("refuses factors of other data, a truncated file, and changed numbers", async () => {
  const directory = folder.path("other");
  await writeFactorSignal(directory, factors, dataset, teacher);
  const other = datasetFromLists([
    [0, 1, 2, 3],
    [3, 2, 0, 1],
  ]);
  await expect(openFactorSignal(directory, other)).rejects.toThrow("data of hash");
  await truncate(`${directory}/factors.safetensors`, 150);
  await expect(openFactorSignal(directory, dataset)).rejects.toThrow("expected a whole safetensors file");
});

it("reads .npy of either precision, and Parquet of columns or of lists", async () => {
  const rows = [
    [1, 2.5],
    [-3, 0],
    [7, 8],
  ];
  const wanted = { width: 2, data: Float32Array.from(rows.flat()) };
  for (const kind of [Float32Array, Float64Array]) {
    const file = await folder.write(`${kind.name}.npy`, new Uint8Array(dump(kind.from(rows.flat()), [3, 2])));
    expect(await readVectors(file)).toEqual(wanted);
  }
  const db = await Database.open(folder.path(""));
  const values = rows.map(([a, b]) => `(${a}::FLOAT, ${b}::FLOAT)`).join();
  const table = `(VALUES ${values}) t(a, b)`;
  for (const [name, select] of [
    ["columns", `SELECT a, b FROM ${table}`],
    ["lists", `SELECT [a, b] AS v FROM ${table}`],
  ] as const) {
    const file = folder.path(`${name}.parquet`);
    await db.run(`COPY (${select}) TO ${literal(file)} (FORMAT parquet)`);
    expect(await readVectors(file)).toEqual(wanted);
  }
  db.close();
});

it("says what is wrong with a file that holds no matrix", async () => {
  const flat = await folder.write("flat.npy", new Uint8Array(dump(Float32Array.of(1, 2), [2])));
  await expect(readVectors(flat)).rejects.toThrow("got an array of 1 axes");
  const whole = await folder.write("whole.npy", new Uint8Array(dump(Int32Array.of(1, 2), [1, 2])));
  await expect(readVectors(whole)).rejects.toThrow("got no real numbers");
  await writeFile(folder.path("text.npy"), "not numpy");
  await expect(readVectors(folder.path("text.npy"))).rejects.toThrow("text.npy: expected a matrix");
  await expect(readVectors(folder.path("absent.npy"))).rejects.toThrow("got no such file");
  await expect(readVectors(folder.path(""))).rejects.toThrow("got a folder. Save it");
  const none = await folder.write("none.npy", new Uint8Array(dump(new Float32Array(0), [3, 0])));
  await expect(readVectors(none)).rejects.toThrow("got 0 numbers for 3 x 0");
  const cut = new Uint8Array(dump(Float32Array.of(1, 2, 3, 4), [2, 2])).slice(0, -4);
  await expect(readVectors(await folder.write("cut.npy", cut))).rejects.toThrow("got 3 numbers for 2 x 2");
});
