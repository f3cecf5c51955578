/**
 * HetComp: six unlike teachers with their courses of training, made into one MF of width 6 or 20, beside rivals that are
 * taught by the same finished ensemble. CiteULike and Foursquare.
 *
 * Kang et al., "Distillation from Heterogeneous Models for Top-K Recommendation", WWW 2023. Its tables, and the sizes and
 * training of its teachers, are not published in what we have: nothing is expected in numbers but that the ensemble beats
 * its best teacher, and HetComp its rivals.
 *
 * Data and split as in the authors' code: users of five items and more, one pass; of a user's items, in random order, 60 % train, 20 %
 * validation, 20 % test. Full ranking, training and validation items masked, mean over users with a test item. Not as there: the
 * draws are those of our generator, and items without training stay among the targets (73.5 % of CiteULike's).
 *
 * Teachers are of the sizes that the same authors use elsewhere (MF 60, CML 60, NeuMF 60 with one hidden layer, LightGCN of two layers,
 * autoencoders of one hidden layer), Adam at .001 unless said, four states of 100 items kept. Students: batch 1,024, Adam at
 * .001, decay 1e-5, validation every 10 epochs, the best Recall@50 kept, stopped after five without improvement. Every rival
 * has the default weight of its file; nothing is tuned.
 */
import { seeded, settings, trained, type Settings, type Trained } from "./rce-kd-cells.ts";
import type { Argv, Cell, Recipe, Source } from "./types.ts";

const watched = { metric: "recall@50" };
const pairs = { batchSize: 512, reduction: "sum", untouched: "move", weightDecay: 1e-4, ...watched };
const often = { validateEvery: 5, patience: 5 };

const teachers: Readonly<Record<string, Trained>> = {
  mf: { model: "mf", set: { width: 60, ...pairs, ...often }, minutes: 4 },
  cml: { model: "cml", set: { width: 60, ...pairs, ...often, weightDecay: 0 }, minutes: 6 },
  neumf: { model: "neumf", set: { width: 60, ...pairs, validateEvery: 2, patience: 5 }, minutes: 15 },
  lightgcn: {
    model: "lightgcn",
    set: { width: 64, layers: 2, ...pairs, batchSize: 2048, ...often },
    minutes: 8,
  },
  multvae: { model: "multvae", set: { width: 64, hidden: 128, ...watched, ...often }, minutes: 10 },
  ivae: { model: "ivae", set: { width: 64, hidden: 128, learningRate: 0.003, ...watched, ...often }, minutes: 12 },
}; // prettier-ignore

const student = {
  deviation: 0.01,
  batchSize: 1024,
  reduction: "sum",
  untouched: "move",
  weightDecay: 1e-5,
  validateEvery: 10,
  patience: 5,
  ...watched,
};
const students: Readonly<Record<string, Settings>> = {
  mf6: { width: 6, ...student },
  mf20: { width: 20, ...student },
};

/** Rows of a table: a method and its options. */
const rows: Readonly<Record<string, readonly [method: string, set: Settings]>> = {
  hetcomp: ["hetcomp", {}],
  "ensemble-rrd": ["ensemble-rrd", {}],
  mtd: ["mtd", {}],
  "cl-drd": ["cl-drd", {}],
  "ensemble-dcd": ["ensemble-dcd", {}],
  "ensemble-rce-kd": ["ensemble-rce-kd", {}],
  "hetcomp-without-curriculum": ["hetcomp", { curriculum: "none" }],
  "hetcomp-fixed": ["hetcomp", { curriculum: "fixed" }],
  "hetcomp-random": ["hetcomp", { curriculum: "random" }],
  "hetcomp-overall": ["hetcomp", { transfer: "overall" }],
  "hetcomp-finer": ["hetcomp", { transfer: "finer" }],
  "hetcomp-consistency": ["hetcomp", { consistency: "true" }],
};

const data = "data/hetcomp";
const onData = ["--data", data];
const signal = "signals/ensemble";
/** On two quiet cores: HetComp's epoch is about 5 s, a rival's too. */
const minutes = 15;

function cells(seeds: number): Cell[] {
  const perSeed = Array.from({ length: seeds }, (_, seed) => seed);
  return [
    ...Object.entries(teachers).map(([name, teacher]) => teacherCell(name, teacher)),
    ensembleCell,
    ...perSeed.flatMap((seed) => Object.entries(students).flatMap(([name, set]) => studentCells(name, set, seed))),
  ]; // prettier-ignore
}

function teacherCell(name: string, { model, set, minutes }: Trained): Cell {
  const run = ["train", ...onData, "--model", model, "--trajectory", "4", ...settings(set)];
  return trained(`${name}/teacher`, run, [], minutes);
}

/** What the teachers are together is in its output. */
const ensembleCell: Cell = {
  id: "ensemble",
  needs: Object.keys(teachers).map((name) => `${name}/teacher`),
  steps: [
    { run: ["trajectory", ...Object.keys(teachers).map((name) => `${name}=bundles/${name}/teacher`), ...onData, "--out", signal] },
    { run: ["ensemble", "--signals", signal, ...onData, "--protocol", "hetcomp"] },
  ],
  leaves: signal,
  measures: null,
  minutes: 1,
}; // prettier-ignore

function studentCells(name: string, set: Settings, seed: number): Cell[] {
  const alone = ["train", ...onData, "--model", "mf", ...settings(set), ...seeded(seed)];
  const taught = (method: string, own: Settings): Argv => [
    ...["distill", "--method", method, "--signals", signal, ...onData, "--student", "mf"],
    ...settings({ ...set, ...own }),
    ...seeded(seed),
  ];
  return [
    trained(`alone/${name}/seed-${seed}`, alone, [], 3),
    ...Object.entries(rows).map(([row, [method, own]]) =>
      trained(`${name}/${row}/seed-${seed}`, taught(method, own), ["ensemble"], minutes),
    ),
  ];
}

const recipeOf = (name: string, title: string, source: Omit<Source, "import">): Recipe => ({
  name,
  title,
  source: {
    ...source,
    import: [
      ...["data", "import", "{from}", "--format", "user-lists", "--filter", "one-pass"],
      ...["--min-user", "5", "--min-item", "0", "--split", "ratio-random", "--ratios", "0.6,0.2,0.2"],
      ...["--out", data],
    ],
  },
  protocol: "hetcomp",
  cells,
});

export const hetcompCiteulike = recipeOf("hetcomp-citeulike", "HetComp on CiteULike", {
  file: "citeulike/users.dat",
  sha256: "02d5d429b2c0362e0ed79f6ef204666b4092563d21493abf4dfb521e8a7078bf",
});

export const hetcompFoursquare = recipeOf("hetcomp-foursquare", "HetComp on Foursquare", {
  file: "foursquare/users.dat",
  sha256: "808c42ee414bdef5990e4f61143e2e02f1d266c59b303f37b4050a99d2536c78",
});
