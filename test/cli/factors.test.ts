import { beforeAll, expect, it } from "vitest";
import { datasetFromLists, writeDataset } from "../../src/dataset/index.ts";
import { Random } from "../../src/random.ts";
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

it("a method of another signal is refused with those that fit; so is a loss that overflows", async () => {
  const other = await distill("bahsd", "x", {});
  expect(other.code).toBe(2);
  expect(other.stderr).toContain(
    'method "bahsd": expected one that learns from the signal "factors": rce-kd, ce',
  );
  const close = await distill("rcekd", "x", {});
  expect(close.stderr).toContain('Write "rce-kd"');
  const large = await distill("ce", "x", { ...quick, width: 4, k: 5, weight: 1e38, learningRate: 1e30 });
  expect(large.code).toBe(2);
  expect(large.stderr).toContain("expected a finite loss");
});

it("factors wants a bundle, or two files", async () => {
  const half = await potstill(["factors", "--users", "u.npy", "--data", at("data"), "--out", at("y")]);
  expect([half.code, half.stderr]).toEqual([
    2,
    expect.stringContaining("either --bundle, or --users and --items"),
  ]);
  const none = await distill("rce-kd", "x", {}, "nowhere");
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("no manifest.json")]);
});
