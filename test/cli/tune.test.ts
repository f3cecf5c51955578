import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { datasetFromLists, writeDataset } from "../../src/dataset/index.ts";
import { Random } from "../../src/random.ts";
import { scratch } from "../unit/scratch.ts";
import { main, potstill } from "./potstill.ts";

const folder = await scratch();
const data = folder.path("data");

beforeAll(async () => {
  const random = new Random(3);
  const histories = Array.from({ length: 40 }, () => random.sample(20, 4 + random.integer(8)));
  await writeDataset(datasetFromLists(histories, { items: 20 }), data);
});

const train = (...more: string[]) => ["train", "--data", data, "--model", "mf", "--set", "epochs=3", ...more];
const tune = (out: string, grid: readonly string[], command = train(), more: readonly string[] = []) => [
  ...["tune", "--out", folder.path(out), "--json", ...more],
  ...grid.flatMap((axis) => ["--grid", axis]),
  ...command,
];

interface Tuned {
  readonly trials: readonly { settings: Record<string, string>; value: number }[];
  readonly failed: readonly { settings: Record<string, string>; message: string }[];
  readonly best: { settings: Record<string, string>; value: number } | null;
}

async function tuned(args: readonly string[], exit = 0): Promise<Tuned & { stderr: string }> {
  const { code, stdout, stderr } = await potstill(args);
  expect(code, stderr).toBe(exit);
  return { ...(JSON.parse(stdout) as Tuned), stderr };
}

it("tries every combination once, keeps the best bundle, and goes on with a wider grid", async () => {
  const first = await tuned(tune("wide", ["width=2,4", "learningRate=0.01,0.1"]));
  expect(first.trials).toHaveLength(4);
  expect(first.best!.value).toBe(Math.max(...first.trials.map(({ value }) => value)));
  const manifest = JSON.parse(await readFile(join(folder.path("wide"), "best/manifest.json"), "utf8")) as {
    name: string;
    options: Record<string, unknown>;
    training: { validation: { value: number } };
  };
  expect(manifest.name).toBe("best");
  expect(manifest.training.validation.value).toBe(first.best!.value);
  expect(String(manifest.options["width"])).toBe(first.best!.settings["width"]);
  expect((await readdir(folder.path("wide"))).sort()).toEqual(["best", "tuning.json"]);
  const wider = await tuned(tune("wide", ["width=2,4,8", "learningRate=0.01,0.1"]));
  expect(wider.trials).toHaveLength(6);
  expect(wider.stderr.match(/^potstill train/gm)).toHaveLength(2);
});

it("says what is left, and at which end of the grid the best stands", async () => {
  const dry = await potstill(tune("edges", ["width=2,4"], train(), ["--dry-run"]));
  expect(JSON.parse(dry.stdout)).toMatchObject({ left: [{ width: "2" }, { width: "4" }], ended: 0 });
  expect(existsSync(folder.path("edges"))).toBe(false);
  const args = tune("edges", ["width=2,4"]).filter((word) => word !== "--json");
  const { stdout } = await potstill(args);
  expect(stdout).toMatch(/width=(2 is the smallest|4 is the largest) that was tried/);
  expect(stdout).toMatch(/potstill train .*--set epochs=3 --set width=[24]$/m);
});

it("draws trials, more of them beginning with the same", async () => {
  const grid = ["learningRate=1e-3..1e-1", "width=2,4"];
  const few = await tuned(tune("drawn", grid, train(), ["--trials", "2", "--seed", "5"]));
  const more = await tuned(tune("drawn", grid, train(), ["--trials", "3", "--seed", "5"]));
  const settings = ({ trials }: Tuned) => trials.map((trial) => JSON.stringify(trial.settings));
  expect(more.trials).toHaveLength(3);
  expect(settings(more)).toEqual(expect.arrayContaining(settings(few)));
});

it("writes down a trial whose loss overflows, and ends with 1 where none is left", async () => {
  const some = await tuned(tune("overflow", ["learningRate=0.01,1e30"]));
  expect(some.trials.map((trial) => trial.settings["learningRate"])).toEqual(["0.01"]);
  expect(some.failed[0]!.message).toContain("training, epoch");
  const none = await tuned(tune("none", ["learningRate=1e30"]), 1);
  expect(none.best).toBeNull();
});

it("goes on where Ctrl-C in a terminal stopped it, which reaches every process of a group", async () => {
  const long = [
    "train",
    "--data",
    data,
    "--model",
    "mf",
    ...["epochs", "patience"].flatMap((key) => ["--set", `${key}=300`]),
  ];
  const args = tune("stopped", ["width=2"], long);
  const child = spawn(process.execPath, [main, ...args], { detached: true, stdio: "ignore" });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const checkpoint = join(folder.path("stopped"), "trial/best.checkpoint/state.json");
  while (!existsSync(checkpoint)) await new Promise((done) => setTimeout(done, 20));
  process.kill(-child.pid!, "SIGINT");
  expect(await ended).toBe(130);
  const { trials, stderr } = await tuned(args);
  expect(stderr).toContain("--resume");
  expect(trials).toHaveLength(1);
});

describe("refuses", () => {
  it.each([
    ["no grid", tune("no", []), "--grid"],
    ["another command", tune("no", ["width=2"], ["evaluate", "--bundle", "b"]), "train or distill"],
    ["an --out of the command's own", tune("no", ["width=2"], train("--out", "b")), "without --out"],
    ["its own options after the command", tune("no", ["width=2"], train("--dry-run")), "--dry-run"],
    ["a range without --trials", tune("no", ["width=2..8"]), "--trials"],
    ["an unknown setting", tune("no", ["widht=2"]), "Did you mean width?"],
    [
      "a dataset that is not there",
      tune("no", ["width=2"], ["train", "--data", "no", "--model", "mf"]),
      "expected a dataset",
    ],
  ])("%s", async (_what, args, message) => {
    const { code, stderr } = await potstill(args);
    expect(code, stderr).toBe(2);
    expect(stderr).toContain(message);
  });

  it("a folder of a dataset that was made again", async () => {
    const own = folder.path("changing");
    const made = (items: number) =>
      datasetFromLists(
        Array.from({ length: 30 }, (_, u) => [u % 5, 5, 6, 7, 8]),
        { items },
      );
    await writeDataset(made(10), own);
    const args = tune(
      "changed",
      ["width=2"],
      ["train", `--data=${own}`, "--model", "mf", "--set", "epochs=1"],
    );
    await tuned(args);
    await rm(own, { recursive: true });
    await writeDataset(made(11), own);
    const { code, stderr } = await potstill(args);
    expect(code).toBe(2);
    expect(stderr).toContain("expected trials on the same data, hash");
  });

  it("a folder of another command, or of something else", async () => {
    await tuned(tune("taken", ["width=2"]));
    const other = await potstill(tune("taken", ["width=2"], train("--seed", "3")));
    expect(other.stderr).toContain("another");
    await writeFile(join(folder.path("taken"), "tuning.json"), "[]");
    expect((await potstill(tune("taken", ["width=2"]))).stderr).toContain("Choose another --out");
  });
});
