import { cp, rm } from "node:fs/promises";
import { beforeAll, expect, it } from "vitest";
import { command as ensemble } from "../../cli/commands/ensemble.ts";
import { command as trainOne } from "../../cli/commands/train.ts";
import { command as trajectory } from "../../cli/commands/trajectory.ts";
import { createIo } from "../../cli/frame/io.ts";
import { datasetFromLists, openDataset, row, writeDataset } from "../../src/dataset/index.ts";
import { Random } from "../../src/random.ts";
import { openBundle } from "../../src/export/index.ts";
import { readReportData } from "../../src/report/index.ts";
import {
  openFactorSignal,
  openListSignal,
  openTrajectorySignal,
  signalKind,
} from "../../src/signals/index.ts";
import { scratch } from "../unit/scratch.ts";
import { potstill } from "./potstill.ts";

const folder = await scratch();
const at = (name: string) => folder.path(name);
const set = { epochs: 6, patience: 6, validateEvery: 1, batchSize: 64, width: 8 };
const train = (model: string, out: string, ...more: string[]) =>
  potstill([
    ...["train", "--data", at("data"), "--model", model, "--out", at(out), "--quiet", "--threads", "1"],
    ...Object.entries(set).flatMap(([key, value]) => ["--set", `${key}=${value}`]),
    ...more,
  ]);
const join = (...args: string[]) => potstill(["trajectory", ...args, "--data", at("data"), "--json"]);

/** In this process, as the commands' own lines are printed. */
const io = createIo({ seed: 0, json: true, quiet: true }, new AbortController().signal);

beforeAll(async () => {
  const random = new Random(3);
  const histories = Array.from({ length: 40 }, () => random.sample(30, 6 + random.integer(8)));
  await writeDataset(datasetFromLists(histories, { items: 30 }), at("data"));
  await train("mf", "mf", "--trajectory", "2x8");
  await train("lightgcn", "gnn", "--trajectory", "2x9");
});

it("teachers are trained, joined and measured together", async () => {
  const joined = await join(at("mf"), `graph=${at("gnn")}`, "--out", at("both"));
  expect([joined.code, joined.stderr]).toEqual([0, expect.stringContaining("Lists are cut to 8 items")]);
  const { manifest } = await openTrajectorySignal(at("both"), await openDataset(at("data")));
  expect(JSON.parse(joined.stdout)).toMatchObject({ manifest, usersWithoutList: { mf: 0, graph: 0 } });
  expect(manifest.teachers.map(({ name, epochs }) => [name, epochs.length])).toEqual([
    ["mf", 2],
    ["graph", 2],
  ]);
  const ask = ["ensemble", "--signals", at("both"), "--data", at("data"), "--quiet"];
  const asked = await potstill([...ask, "--weights", "graph=0.5", "--json"]);
  expect(asked.code, asked.stderr).toBe(0);
  const { rows, weights } = JSON.parse(asked.stdout) as {
    rows: { system: string; teacher: string | null; metrics: Record<string, number> }[];
    weights: unknown;
  };
  expect(weights).toEqual({ mf: 1, graph: 0.5 });
  expect(rows.map(({ system, teacher }) => [system, teacher])).toEqual([
    ["ensemble", null],
    ["alone", "mf"],
    ["alone", "graph"],
    ["without", "mf"],
    ["without", "graph"],
  ]);
  expect(rows[3]!.metrics).toEqual(rows[2]!.metrics);
  const flags = { signals: at("both"), data: at("data"), consistency: true };
  const { text } = await ensemble.run([], flags, io);
  for (const part of ["without graph", "ndcg@10", "recall@20"]) expect(text).toContain(part);
  expect(text).toContain("ranked from training histories; under sasrec-full, evaluate shows a model more");
  expect(text).toContain("The lists hold 8 items: @10, @20 are of these 8.");
  const plain = await ensemble.run([], { ...flags, protocol: "hetcomp" }, io);
  expect(plain.text).not.toContain("training histories");
});

it("rows of another framework become a signal", async () => {
  const { train: histories } = await openDataset(at("data"));
  const lines = Array.from({ length: 39 }, (_, u) => {
    const unseen = Array.from({ length: 30 }, (_, i) => i).filter((i) => !row(histories, u).includes(i));
    return ["first,0", "first,1"].flatMap((state) => [
      ...unseen.slice(0, 5).map((item, n) => `${state},${u},${n + 1},${item}`),
      `${state},${u},9,${row(histories, u)[0]!}`,
    ]);
  });
  const file = await folder.write("rows.csv", ["teacher,state,user,rank,item", ...lines.flat()].join("\n"));
  const { json } = await trajectory.run([], { from: file, data: at("data"), out: at("imported") }, io);
  expect(json).toMatchObject({
    usersWithoutList: { first: 1 },
    counts: { rows: 39 * 12, training: 78 },
    manifest: { k: 5 },
  });
});

const joining = (...folders: string[]) => trajectory.run(folders, { data: at("data"), out: at("x") }, io);
const weighing = (weights: string, protocol?: string) =>
  ensemble.run([], { signals: at("mf/trajectory"), data: at("data"), weights, protocol }, io);
const training = (states: string | undefined, statesBy?: string, out = "x") => {
  const given = Object.entries(set).map(([key, value]) => `${key}=${value}`);
  return trainOne.run(
    [],
    { data: at("data"), model: "mf", out: at(out), set: given, trajectory: states, statesBy },
    io,
  );
};

it("a folder of another kind is called what it is", async () => {
  const dataset = await openDataset(at("data"));
  const signal = "Give the folder that potstill probe, factors or trajectory wrote.";
  const asked = [
    [() => openDataset(at("mf")), "mf: expected a dataset, got a bundle. Give the folder that potstill data"],
    [() => openBundle(at("data")), "data: expected a bundle, got a dataset. Give the folder that train or"],
    [() => readReportData(at("mf"), [at("data")]), "data: expected a bundle, got a dataset. Give the folder"],
    [() => signalKind(at("data")), `data: expected a signal, got a dataset. ${signal}`],
    [() => signalKind(at("mf")), `mf: expected a signal, got a bundle. Give ${at("mf/trajectory")}.`],
    [() => joining(at("data")), "data: expected a trajectory signal, got a dataset."],
    [() => openTrajectorySignal(at("mf"), dataset), `got a bundle. Give ${at("mf/trajectory")}.`],
    [() => openListSignal(at("data"), dataset), "expected a lists signal, got a dataset."],
    [() => openFactorSignal(at("gnn/trajectory"), dataset), "a factors signal, got a trajectory signal."],
  ] as const;
  for (const [ask, message] of asked) await expect(ask()).rejects.toThrow(message);
});

it("states by accuracy are those, and the bundle says so", async () => {
  await training("2x5", "accuracy", "by-accuracy");
  const { manifest } = await openBundle(at("by-accuracy"));
  const { epochs } = (await openTrajectorySignal(at("by-accuracy/trajectory"), await openDataset(at("data"))))
    .manifest.teachers[0]!;
  expect(manifest.training.trajectory).toEqual({ states: 2, k: 5, by: "accuracy", epochs });
});

it("says what is wrong with what is asked", async () => {
  await cp(at("mf"), at("plain"), { recursive: true });
  await rm(at("plain/trajectory"), { recursive: true });
  const asked = [
    [() => joining(), "expected bundles and signals to join, or --from, got neither"],
    [() => joining(at("plain")), "expected a bundle that was trained with --trajectory"],
    [() => joining(at("nowhere")), "expected a trajectory signal, a folder with"],
    [() => joining(at("mf"), at("mf")), "two called mf. Name each: mf="],
    [() => joining(`one=${at("both")}`), "expected one teacher to name, got a signal of mf, graph"],
    [() => training("4x"), "as in 4x100"],
    [() => training("2", "gain"), '--states-by: expected one of "epochs"|"accuracy"'],
    [
      () => training(undefined, "accuracy"),
      "--states-by accuracy: expected states to keep, got no --trajectory",
    ],
    [() => training("9"), "expected at least 9 validations, got 6 at most"],
    [() => weighing("nf=1"), "The nearest is mf"],
    [() => weighing("mf=-1"), "expected teacher=weight"],
    [() => weighing("mf=0"), "expected a teacher that counts"],
    [() => weighing("mf=1,mf=2"), "expected each teacher once"],
    [() => weighing("mf=1", "hetcomp-train"), "which looks for training items"],
  ] as const;
  for (const [ask, message] of asked) await expect(ask()).rejects.toThrow(message);
});
