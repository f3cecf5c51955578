import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { datasetFromLists, makeShop, writeDataset } from "../../src/dataset/index.ts";
import { scratch } from "../unit/scratch.ts";
import { potstill } from "./potstill.ts";

const folder = await scratch();
const at = (name: string) => folder.path(name);
const set = (values: Record<string, string | number>) =>
  Object.entries(values).flatMap(([key, value]) => ["--set", `${key}=${value}`]);

it("a teacher's trajectory becomes a small student by HetComp, whose report shows the curriculum", async () => {
  const { histories } = makeShop({ users: 60, items: 30, seed: 2 });
  const split = { kind: "ratio", train: 0.6, valid: 0.2 } as const;
  await writeDataset(datasetFromLists(histories, { items: 30, split }), at("data"));
  const quick = { epochs: 8, batchSize: 64, validateEvery: 1, learningRate: 0.01, patience: 8 };
  const train = [
    "train",
    "--data",
    at("data"),
    "--model",
    "mf",
    "--trajectory",
    "2",
    "--out",
    at("teacher"),
    "--quiet",
  ];
  expect(await potstill([...train, ...set({ ...quick, width: 8 })])).toMatchObject({ code: 0 });
  const distilled = await potstill([
    ...["distill", "--method", "hetcomp", "--signals", at("teacher/trajectory"), "--data", at("data")],
    ...["--out", at("student"), ...set({ ...quick, width: 4, k: 10, period: 2 })],
  ]);
  expect(distilled.code).toBe(0);
  expect(distilled.stderr).toMatch(/epoch 2: states of 1 \(head, tail\) teacher 0\.00 \(/);
  expect((await potstill(["report", at("student"), "--out", at("page.html"), "--quiet"])).code).toBe(0);
  expect(await readFile(at("page.html"), "utf8")).toContain("States that teach, mean over users");
});
