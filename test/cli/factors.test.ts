import { writeFile } from "node:fs/promises";
import { dump } from "npyjs";
import { beforeAll, expect, it } from "vitest";
import { datasetFromLists, openDataset, row, writeDataset } from "../../src/dataset/index.ts";
import { openBundle } from "../../src/export/index.ts";
import { Random } from "../../src/random.ts";
import { openFactorSignal } from "../../src/signals/index.ts";
import { scratch } from "../unit/scratch.ts";
import { potstill } from "./potstill.ts";

const folder = await scratch();
const at = (name: string) => folder.path(name);
const set = (values: Record<string, string | number>) =>
  Object.entries(values).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
const quick = { epochs: 4, batchSize: 64, untouched: "move", validateEvery: 1 };

interface Result {
  readonly manifest: { width?: number; weightsSha256?: string; sizes?: { parameters: number } };
}
const json = (stdout: string) => JSON.parse(stdout) as Result;

beforeAll(async () => {
  const random = new Random(3);
  const histories = Array.from({ length: 40 }, () => random.sample(30, 6 + random.integer(8)));
  const split = { kind: "ratio", train: 0.6, valid: 0.2 } as const;
  await writeDataset(datasetFromLists(histories, { items: 30, split }), at("data"));
  const train = ["train", "--data", at("data"), "--model", "mf", "--out", at("teacher"), "--quiet"];
  expect((await potstill([...train, ...set({ ...quick, width: 12 })])).code).toBe(0);
});

const distill = (method: string, out: string, values: Record<string, string | number>, signals = "signal") =>
  potstill([
    ...["distill", "--method", method, "--signals", at(signals), "--data", at("data")],
    ...["--out", at(out), "--json", "--quiet", ...set(values)],
  ]);

it("a large model becomes a small one: factors, distill, evaluate", async () => {
  const asked = ["factors", "--bundle", at("teacher"), "--data", at("data"), "--out", at("signal"), "--json"];
  expect(json((await potstill(asked)).stdout).manifest.width).toBe(12);
  const small = { ...quick, width: 4, k: 5, drawn: 5, pool: 10, reduction: "sum" };
  const [once, again] = [await distill("rce-kd", "small", small), await distill("rce-kd", "again", small)];
  expect([once.code, again.code]).toEqual([0, 0]);
  expect(json(once.stdout).manifest.sizes!.parameters).toBe(4 * (40 + 30));
  expect(json(again.stdout).manifest.weightsSha256).toBe(json(once.stdout).manifest.weightsSha256);
  const evaluated = await potstill(["evaluate", "--bundle", at("small"), "--data", at("data"), "--json"]);
  expect(evaluated.code).toBe(0);
  expect(JSON.parse(evaluated.stdout)).toMatchObject({ protocol: "rcekd-v1", users: 40 });
});

it("a large model of histories becomes a small one; its vectors score as it does, and angles are of length 1", async () => {
  const reads = { ...quick, batchSize: 16, maxLength: 6, blocks: 1, heads: 1 };
  const teacher = ["train", "--data", at("data"), "--model", "hstu", "--out", at("hstu"), "--quiet"];
  expect((await potstill([...teacher, ...set({ ...reads, width: 12 })])).code).toBe(0);
  const asked = ["factors", "--bundle", at("hstu"), "--data", at("data"), "--out", at("angles"), "--quiet"];
  expect((await potstill(asked)).code).toBe(0);
  const [dataset, bundle] = [await openDataset(at("data")), await openBundle(at("hstu"))];
  const { users, items } = await openFactorSignal(at("angles"), dataset);
  const histories = Array.from({ length: 40 }, (_, u) => row(dataset.train, u));
  const scores = await bundle.score(Int32Array.from(histories.keys()), histories);
  const vector = (of: typeof users, n: number) => of.data.subarray(n * of.width, (n + 1) * of.width);
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, d) => sum + x * b[d]!, 0);
  for (let u = 0; u < 40; u++) {
    expect(dot(vector(users, u), vector(users, u))).toBeCloseTo(1, 5);
    for (let i = 0; i < 30; i++)
      expect(dot(vector(users, u), vector(items, i))).toBeCloseTo(scores[30 * u + i]!, 5);
  }
  const run = [
    "distill",
    "--method",
    "rce-kd",
    "--signals",
    at("angles"),
    "--data",
    at("data"),
    "--student",
    "hstu",
  ];
  const small = {
    ...reads,
    width: 4,
    k: 5,
    drawn: 5,
    pool: 10,
    reduction: "sum",
    loss: "sampled",
    negatives: 8,
  };
  const distilled = await potstill([...run, "--out", at("small-hstu"), "--json", "--quiet", ...set(small)]);
  expect([distilled.code, distilled.stderr]).toEqual([0, ""]);
  const { training } = (JSON.parse(distilled.stdout) as { manifest: { training: unknown } }).manifest;
  expect(training).toMatchObject({ method: "rce-kd", options: { loss: "sampled", reduction: "sum", k: 5 } });
});

it("a method of another signal is refused with those that fit; so is a loss that overflows", async () => {
  const other = await distill("bahsd", "x", {});
  expect(other.code).toBe(2);
  expect(other.stderr).toContain(
    'method "bahsd": expected one that learns from the signal "factors": rce-kd, ce',
  );
  const close = await distill("rcekd", "x", {});
  expect(close.stderr).toContain('Write "rce-kd"');
  for (const weight of [1e38, 1e30]) {
    // the loss may well be finite: no weight moves
    const large = await distill("ce", "x", { ...quick, width: 4, k: 5, weight });
    expect(large.code).toBe(2);
    expect(large.stderr).toContain("training, epoch 1: expected gradients of up to 1e19");
    expect(large.stderr).toContain("the weight of the method's loss");
  }
});

it("vectors of another framework, in two .npy files, become a student", async () => {
  const random = new Random(8);
  const file = async (name: string, rows: number) => {
    const data = Float32Array.from({ length: 6 * rows }, () => random.normal());
    await writeFile(at(name), new Uint8Array(dump(data, [rows, 6])));
    return at(name);
  };
  const [users, items] = [await file("users.npy", 40), await file("items.npy", 30)];
  const asked = ["factors", "--users", users, "--items", items, "--data", at("data"), "--out", at("others")];
  expect(json((await potstill([...asked, "--json"])).stdout).manifest.width).toBe(6);
  const small = { ...quick, width: 4, k: 5, drawn: 5, pool: 10, reduction: "sum" };
  expect((await distill("rce-kd", "of-others", small, "others")).code).toBe(0);
  const swapped = ["factors", "--users", items, "--items", users, "--data", at("data"), "--out", at("no")];
  const refused = await potstill(swapped);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("40")]);
});

it("factors wants a bundle, or two files", async () => {
  const half = await potstill(["factors", "--users", "u.npy", "--data", at("data"), "--out", at("y")]);
  expect([half.code, half.stderr]).toEqual([
    2,
    expect.stringContaining("either --bundle, or --users and --items"),
  ]);
  const none = await distill("rce-kd", "x", {}, "nowhere");
  expect([none.code, none.stderr]).toEqual([
    2,
    expect.stringContaining("a folder with manifest.json, got no such file"),
  ]);
});
