/** Whole runs of students that learn from trajectories: two made-up teachers, who know more from state to state. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { datasetFromLists, row } from "../../../src/dataset/index.ts";
import { drive, type CurriculumEvent, type RunEvent } from "../../../src/events.ts";
import { openBundle } from "../../../src/export/index.ts";
import { Ensemble } from "../../../src/methods/ensemble.ts";
import { Random } from "../../../src/random.ts";
import { factorRun, type FactorRunInput } from "../../../src/runs/index.ts";
import {
  openTrajectorySignal,
  writeTrajectorySignal,
  type TrajectorySignal,
} from "../../../src/signals/index.ts";
import { oneThread } from "../../contracts/graph-values.ts";
import { signalOfLists } from "../../contracts/trajectory-world.ts";
import { scratch } from "../../unit/scratch.ts";

const folder = await scratch();
const [users, items, d, k] = [60, 50, 3, 20];
const random = new Random(8);
const table = (n: number) => Float64Array.from({ length: n * d }, () => random.normal());
const [tastes, kinds] = [table(users), table(items)];
const likes = (u: number, i: number) =>
  [...Array(d).keys()].reduce((sum, j) => sum + tastes[u * d + j]! * kinds[i * d + j]!, 0);
const ranked = (score: (i: number) => number) => {
  const scores = Array.from({ length: items }, (_, i) => score(i));
  return [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
};
const histories = Array.from({ length: users }, (_, u) =>
  ranked((i) => likes(u, i) + random.normal()).slice(0, 10),
);
const dataset = datasetFromLists(histories, {
  items,
  name: "made",
  split: { kind: "ratio", train: 0.6, valid: 0.2 },
});

let signal: TrajectorySignal;
beforeAll(async () => {
  const lists = [0, 1].map(() =>
    [3, 1, 0.2].map((noise) =>
      [...Array(users).keys()].map((u) =>
        ranked((i) => likes(u, i) + noise * random.normal()).filter(
          (i) => !row(dataset.train, u).includes(i),
        ),
      ),
    ),
  );
  const own = lists.map((states) =>
    states.map(() => [...Array(users).keys()].flatMap((u) => [...row(dataset.train, u).keys()])),
  );
  const { manifest, states } = signalOfLists(lists, k, own);
  await writeTrajectorySignal(folder.path("signal"), { ...manifest, states }, dataset);
  signal = await openTrajectorySignal(folder.path("signal"), dataset);
});

const input = (
  name: string,
  method: string,
  settings: Record<string, unknown>,
  student = "mf",
): FactorRunInput => ({
  dataset,
  signal,
  method,
  student,
  out: folder.path(name),
  force: false,
  resume: false,
  seed: 1,
  created: "2026-01-01T00:00:00Z",
  settings: { width: 6, learningRate: 0.03, batchSize: 40, k: 20, validateEvery: 2, ...settings },
  device: oneThread,
});

/** @returns the share of each user's ten best unseen items that are among the ten best of the finished ensemble. */
async function agreement(name: string): Promise<number> {
  const best = new Ensemble(signal, items, { decay: 10, consistency: false }).best(users, 10).items;
  const bundle = await openBundle(folder.path(name));
  const everybody = [...Array(users).keys()];
  const scores = await bundle.score(
    Int32Array.from(everybody),
    everybody.map((u) => row(dataset.train, u)),
  );
  const shares = everybody.map((u) => {
    const own = ranked((i) => (row(dataset.train, u).includes(i) ? -Infinity : scores[u * items + i]!));
    return own.slice(0, 10).filter((i) => best.subarray(u * 10, (u + 1) * 10).includes(i)).length / 10;
  });
  return shares.reduce((sum, share) => sum + share, 0) / users;
}

const curricula = (events: readonly RunEvent[]) =>
  events.filter((event): event is CurriculumEvent => event.type === "curriculum");

it("HetComp: an ensemble becomes a small student by its curriculum, which is told and kept", async () => {
  const events: RunEvent[] = [];
  const settings = { epochs: 60, patience: 3, period: 2, weight: 0.1 };
  const { manifest } = await drive(factorRun(input("hetcomp", "hetcomp", settings)), (e) => events.push(e));
  const told = curricula(events);
  expect(told[0]).toEqual({
    type: "curriculum",
    epoch: 2,
    last: 2,
    teachers: {
      "teacher 0": { mean: 0, head: null, tail: 0 },
      "teacher 1": { mean: 0, head: null, tail: 0 },
    },
    done: false,
  });
  expect(told.map(({ done }) => done)).toEqual(told.map((_, n) => n === told.length - 1));
  const kept = (await readFile(join(folder.path("hetcomp"), "events.jsonl"), "utf8")).trim().split("\n");
  expect(curricula(kept.map((line) => JSON.parse(line) as RunEvent))).toEqual(told);
  expect(manifest.training).toMatchObject({
    method: "hetcomp",
    options: { reduction: "sum", weight: 0.1, finer: 0.5, base: 0, curriculum: "dynamic" },
    signals: { k, teachers: [{ name: "teacher 0" }, { name: "teacher 1" }] },
  });
  // no validation before the end of the curriculum counts against patience
  expect(manifest.training.epochs).toBeGreaterThanOrEqual(told.at(-1)!.epoch + 6);
  expect(await agreement("hetcomp")).toBeGreaterThan(0.75); // 10 of 44: chance is 0.23
});

it.each([
  ["ensemble-rrd", { base: 0, weight: 0.05 }],
  ["ensemble-dcd", { weight: 0.1 }],
  ["ensemble-rce-kd", { weight: 5, drawn: 20, pool: 40 }],
  ["mtd", { weight: 0.05 }],
  ["cl-drd", { weight: 0.05, pace: 5 }],
])("%s: the same student learns from the finished ensemble", async (method, settings) => {
  await drive(factorRun(input(method, method, { epochs: 25, patience: 25, ...settings })));
  expect(await agreement(method)).toBeGreaterThan(0.6);
});

it("a student that reads histories learns by HetComp alone", async () => {
  const reads = { blocks: 1, maxLength: 6, dropout: 0, batchSize: 20, learningRate: 0.01 };
  const settings = {
    ...reads,
    epochs: 24,
    patience: 24,
    curriculum: "none",
    pace: 6,
    weight: 0.1,
    width: 12,
  };
  await drive(factorRun(input("reads", "hetcomp", settings, "sasrec")));
  expect(await agreement("reads")).toBeGreaterThan(0.6);
});

describe("interrupted and resumed", () => {
  it.each(["dynamic", "random"])("a %s curriculum goes on where it stood", async (curriculum) => {
    const settings = { epochs: 8, patience: 8, period: 1, pace: 2, curriculum };
    const straight = await drive(factorRun(input(`${curriculum} straight`, "hetcomp", settings)));
    const abort = new AbortController();
    const halting = { ...input(curriculum, "hetcomp", settings), abort: abort.signal };
    let checks = 0;
    const stopped = drive(factorRun(halting), (event) => {
      if (event.type === "curriculum" && ++checks === 2) abort.abort(); // after a check, before the epoch's first step
    });
    await expect(stopped).rejects.toMatchObject({ code: "interrupted" });
    const resumed = await drive(factorRun({ ...input(curriculum, "hetcomp", settings), resume: true }));
    expect(resumed.manifest.weightsSha256).toBe(straight.manifest.weightsSha256);
    const events = (name: string) => readFile(join(folder.path(name), "events.jsonl"), "utf8");
    const told = async (name: string) =>
      curricula(
        (await events(name))
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as RunEvent),
      );
    expect(await told(curriculum)).toEqual(await told(`${curriculum} straight`));
  });
});

it("refuses a method that wants another signal, naming those that fit", async () => {
  await expect(drive(factorRun(input("unfit", "rce-kd", {})))).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining(
      'method "rce-kd": expected one that learns from the signal "trajectory": hetcomp, ensemble-rrd',
    ) as string,
  });
});
