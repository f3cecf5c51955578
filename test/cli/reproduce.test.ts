import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { experimentCells, type Experiment } from "../../recipes/bahsd-cells.ts";
import { pairCells } from "../../recipes/rce-kd-cells.ts";
import type { CellResult, Recipe } from "../../recipes/index.ts";
import type * as RunCell from "../../cli/steps/reproduce/run-cell.ts";
import { agreementOf } from "../../cli/steps/reproduce/agreement.ts";
import { minutesOf } from "../../cli/steps/reproduce/minutes.ts";
import { compared, comparedText } from "../../cli/steps/reproduce/compare.ts";
import { datasetFromLists, writeDataset } from "../../src/dataset/index.ts";
import { Random } from "../../src/random.ts";
import { scratch } from "../unit/scratch.ts";
import { main, potstill } from "./potstill.ts";

const folder = await scratch();
const place = { work: folder.path("work"), results: folder.path("results") };
const io = {
  seed: 0,
  json: true,
  quiet: true,
  signal: new AbortController().signal,
  drive: () => Promise.reject(new Error("cells are processes of their own")),
  note: () => undefined,
};

const quick = { epochs: 2, batchSize: 64, width: 6, validateEvery: 1 };
const model = { model: "mf", set: quick, minutes: 1 };
const methods = { ce: { method: "ce", set: { k: 5 }, minutes: 1 } };
const table = {
  data: "data",
  teachers: { mf: model },
  students: { mf: model },
  pairs: [{ name: "mf-mf", teacher: "mf", student: "mf", methods }],
};
const recipe: Recipe = {
  name: "made-up",
  title: "Made up",
  source: { file: "none", sha256: "0", import: ["data", "import", "--out", "data"] },
  protocol: "rcekd-v1",
  learnt: "hetcomp-train",
  cells: (seeds) => pairCells(table, seeds),
};

const built = (await import(`${dirname(main)}/steps/reproduce/run-cell.js`)) as typeof RunCell;

beforeAll(async () => {
  const random = new Random(5);
  const histories = Array.from({ length: 40 }, () => random.sample(30, 6 + random.integer(8)));
  const split = { kind: "ratio", train: 0.6, valid: 0.2 } as const;
  await mkdir(place.work, { recursive: true });
  await writeDataset(datasetFromLists(histories, { items: 30, split }), `${place.work}/data`);
});

it("a table of pairs has a teacher, its factors, and per seed students alone and taught", () => {
  const ids = recipe.cells(2).map(({ id }) => id);
  const perSeed = (seed: number) => [`alone/mf/seed-${seed}`, `mf-mf/ce/seed-${seed}`];
  expect(ids).toEqual(["mf/teacher", "mf/factors", ...perSeed(0), ...perSeed(1)]);
});

it("cells leave result files, are not trained twice, and agree with themselves", async () => {
  const cells = recipe.cells(1);
  for (const cell of cells) await built.runCell(recipe, cell, place, io);
  const path = built.resultPath(place, recipe, "mf-mf/ce/seed-0");
  const first = JSON.parse(readFileSync(path, "utf8")) as Awaited<ReturnType<typeof built.runCell>>;
  expect(first.evaluation!.users).toBe(40);
  expect(first.evaluation!.learnt!["recall@50"]).toBe(1); // of 30 items
  expect(first.evaluation!.learnt!["recall@10"]).toBeLessThan(1);
  expect(first.commands.join()).toContain("distill --method ce");
  const again = await built.runCell(recipe, cells.at(-1)!, place, io);
  expect(again.seconds).toBe(first.seconds);
  const last = cells.at(-1)!;
  const [step] = last.steps as [{ run: string[] }];
  const changed = { ...last, steps: [{ run: [...step.run, "--set", "weight=2"] }] };
  await mkdir(`${place.work}/${last.leaves}.checkpoint`); // of other commands: not gone on from
  const other = await built.runCell({ ...recipe, name: "changed" }, changed, place, io);
  expect(other.output).toMatchObject({ manifest: { training: { options: { weight: 2 } } } });
  const line = compared(again, first)!;
  expect(line.within).toBe(true);
  expect(line.now).toBeCloseTo(line.committed, 6);
  expect(comparedText({ ...line, now: 2, within: false })).toContain("OUTSIDE");
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(first);
  await writeFile(path, '"kept"');
  await rm(`${place.work}/bundles/mf-mf`, { recursive: true });
  expect((await built.runCell(recipe, last, place, io)).evaluation!.metrics).toEqual(
    first.evaluation!.metrics,
  );
  expect(readFileSync(path, "utf8")).toBe('"kept"');
  const prepared = await built.runCell(recipe, cells[1]!, place, io);
  expect(compared(prepared, prepared)).toBeNull();
});

it("a cell takes what it took, what others of its row took, or what the recipe thinks", () => {
  const took = (cell: string, seconds: number, training = 0) =>
    [cell, { cell, seconds, output: { manifest: { training: { seconds: training } } } }] as unknown as [
      string,
      CellResult,
    ];
  const results = new Map([
    took("mf-mf/ce/seed-0", 61),
    took("mf-mf/ce/seed-1", 3, 200), // its last sitting, and all of them
    took("mf-mf/ce-all/seed-0", 9000),
    ["mf/factors", { cell: "mf/factors", seconds: 130, output: {} } as unknown as CellResult],
  ]);
  const minutes = (id: string) => minutesOf({ ...recipe.cells(1)[0]!, id, minutes: 7 }, results);
  expect(["mf-mf/ce/seed-0", "mf-mf/ce/seed-1", "mf-mf/ce/seed-2"].map(minutes)).toEqual([2, 4, 3]);
  expect(["mf/factors", "mf/teacher"].map(minutes)).toEqual([3, 7]);
});

it("lists agree by their first items, over users that have one", () => {
  const k = 20;
  const lists = (...rows: number[][]) => ({
    userIndex: Int32Array.from(rows.keys()),
    best: Int32Array.from(
      rows.flatMap((row) => [...row, ...Array.from({ length: k - row.length }, () => -1)]),
    ),
  });
  const far = Array.from({ length: k }, (_, n) => 100 + n);
  const near = Array.from({ length: k }, (_, n) => n);
  const other = [1, 0, ...near.slice(2, 5), ...far.slice(5)];
  const agreement = agreementOf(lists(near, other, [], far), lists(near, near, [], near));
  expect(agreement["agr@1"]).toBeCloseTo((1 + 0 + 0) / 3, 12);
  expect(agreement["agr@10"]).toBeCloseTo((1 + 0.5 + 0) / 3, 12);
  const depths = near.map((n) => n + 1);
  const weight = (d: number) => 0.9 ** (d - 1);
  const norm = depths.reduce((sum, d) => sum + weight(d), 0);
  const sharedTo = (d: number) => (d === 1 ? 0 : Math.min(d, 5));
  const swapped = depths.reduce((sum, d) => sum + (weight(d) * sharedTo(d)) / d, 0) / norm;
  expect(agreement.rbo).toBeCloseTo((1 + swapped + 0) / 3, 12);
});

it("an experiment asks the teacher, and holds lists of its students against the teacher's", async () => {
  const set = { ...quick, maxLength: 8 };
  const share = { users: 0.5, answers: 60, set: {}, minutes: 1 };
  const experiment: Experiment = {
    data: "data",
    teachers: { sasrec: { model: "sasrec", set, minutes: 1 } },
    students: { "sasrec-same": { model: "sasrec", set, times: 1 } },
    shares: { "50": share },
    blocks: [
      {
        teacher: "sasrec",
        student: "same",
        share: "50",
        unlabelled: true,
        rows: { "uniform-kl": { method: "uniform-kl", set: {}, times: 1 } },
        seeds: 1,
      },
    ],
    labels: {},
    tuned: [],
  };
  const asked: Recipe = { ...recipe, name: "asked", cells: (seeds) => experimentCells(experiment, seeds) };
  for (const cell of asked.cells(3)) await built.runCell(asked, cell, place, io);
  const resultOf = (id: string) =>
    JSON.parse(readFileSync(built.resultPath(place, asked, id), "utf8")) as Awaited<
      ReturnType<typeof built.runCell>
    >;
  expect(resultOf("sasrec/teacher").evaluation!.agreement).toBeUndefined();
  expect((resultOf("sasrec/share-50/probe").output.counts as { paid: number }).paid).toBeGreaterThan(20);
  const { rbo, ...agr } = resultOf("sasrec-same/share-50-unlabelled/uniform-kl/seed-1").evaluation!
    .agreement!;
  for (const value of [rbo, ...Object.values(agr)]) expect(value).toBeGreaterThan(0);
  expect(rbo).toBeLessThan(1);
});

it("says what it would run, and that a table is complete", async () => {
  const dry = ["reproduce", "rce-kd-citeulike", "--only", "mf-mf/rce-kd/", "--seeds", "2", "--dry-run"];
  const plan = await potstill([...dry, "--again", "--json", "--work", folder.path("none")]);
  const { cells } = JSON.parse(plan.stdout) as { cells: { id: string }[] };
  const wanted = ["mf/teacher", "mf/factors", "mf-mf/rce-kd/seed-0", "mf-mf/rce-kd/seed-1"];
  expect(cells.map(({ id }) => id)).toEqual(wanted);
  const nowhere = ["--work", folder.path("none"), "--results", folder.path("no-results")];
  const only = async (text: string) => {
    const said = await potstill([
      "reproduce",
      "hetcomp-citeulike",
      "--only",
      text,
      "--dry-run",
      "--json",
      ...nowhere,
    ]);
    if (said.code !== 0) return said.stderr;
    return (JSON.parse(said.stdout) as { cells: { id: string }[] }).cells.map(({ id }) => id);
  };
  expect(await only("mf/teacher")).toEqual(["mf/teacher"]);
  expect(await only("mf")).toContain("alone/mf20/seed-0");
  expect(await only("alone/mf2")).toEqual([0, 1, 2].map((seed) => `alone/mf20/seed-${seed}`));
  expect(await only("mf6/hetcom/seed-0")).toContain('Write "mf6/hetcomp/seed-0"');
  const listed = await potstill(["reproduce", "--list"]);
  expect(listed.stdout).toContain("rce-kd-gowalla  RCE-KD on Gowalla");
});

it("refuses an unknown recipe, and a file that the results are not about", async () => {
  const unknown = await potstill(["reproduce", "rce-kd-citeulik"]);
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain('Write "rce-kd-citeulike"');
  const nameless = await potstill(["reproduce", "bahsd-beauty", "--only", "", "--dry-run"]);
  expect([nameless.code, nameless.stderr]).toEqual([2, expect.stringContaining("--only: expected a name")]);
  const family = await potstill(["reproduce", "bahsd"]);
  expect(family.stderr).toContain('Write "bahsd-beauty" or "bahsd-ml-1m"');
  const file = folder.path("users.dat");
  await writeFile(file, "2 1 2\n");
  const where = ["--work", folder.path("wrong"), "--results", folder.path("none")];
  for (const from of [file, folder.path(".")]) {
    const wrong = await potstill(["reproduce", "rce-kd-citeulike", ...where, "--from", from]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(
      /expected the path of citeulike\/users.dat \(SHA-256 02d5d4.*got [0-9a-f]{64}/,
    );
  }
  const none = await potstill(["reproduce", "rce-kd-gowalla", ...where, "--from", folder.path(".")]);
  expect(none.stderr).toContain("got no file");
  expect(existsSync(folder.path("wrong/rce-kd-citeulike/data"))).toBe(false);
});
