/**
 * Table 1 of RCE-KD, CiteULike: one large model distilled into a small one.
 *
 * Data, split and protocol as the authors' (8:1:1 per user in stored order, which here is by item id; only training
 * items masked; mean over all users; early stopping on validation NDCG@10 with patience 30). Teachers are trained once,
 * students per seed. Settings are those shipped with the authors' code (losses summed over rows, Adam with coupled decay
 * moving every row); nothing is tuned here. Where the code ships none, RCE-KD's weight decay is taken.
 *
 * Expected, R@10 N@10 R@20 N@20 (paper): MF teacher .0283 .0155 .0442 .0198; RCE-KD MF to MF .0278 .0152 .0431 .0194;
 * student alone .0177 .0098 .0284 .0128; RCE-KD LightGCN to MF .0285 .0156 .0437 .0197; HSTU
 * teacher .0463 .0291 .0613 .0333, its student alone .0262 .0159 .0371 .0189, RCE-KD .0524 .0325 .0670 .0366.
 */
import { pairCells, type PairTable, type Settings, type Taught } from "./rce-kd-cells.ts";
import { citeulike } from "./sources.ts";
import type { Recipe } from "./types.ts";

/** What every run has in common. */
const authors = {
  batchSize: 2048,
  reduction: "sum",
  beta2: 0.999,
  untouched: "move",
  validateEvery: 1,
  patience: 30,
};
const mf = { deviation: 0.01, ...authors };

/** Room for the teacher's probabilities of everything, which the authors keep, too: an epoch takes less than half as long. */
const keptBy = (guide: string): Settings => (guide === "all" ? { keep: 512 } : {});

/** The four cross-entropies, weight and decay of the CE of the authors' code. */
const crossEntropies = (weight: number, temperature: number): Record<string, Taught> =>
  Object.fromEntries(
    ["teacher", "student", "union", "all"].map((guide) => {
      const set = { guide, weight, temperature, k: 50, weightDecay: 1e-7, ...keptBy(guide) };
      return [`ce-${guide}`, { method: "ce", set, minutes: guide === "all" ? 30 : 3 }];
    }),
  );

const rceKd = { k: 50, drawn: 50, pool: 200 };

const mfToMf: Record<string, Taught> = {
  "rce-kd": {
    method: "rce-kd",
    set: { ...rceKd, weight: 500, beta: 3, weightDecay: 1e-5 },
    minutes: 3,
  },
  "rce-kd-paper": {
    method: "rce-kd",
    set: { ...rceKd, mode: "paper", weight: 500, beta: 3, weightDecay: 1e-5 },
    minutes: 3,
  },
  ...crossEntropies(1, 1),
  "ce-all-500": {
    method: "ce",
    set: { guide: "all", weight: 500, weightDecay: 1e-5, ...keptBy("all") },
    minutes: 30,
  },
  "sampled-ce": { method: "sampled-ce", set: { weight: 500, weightDecay: 1e-5 }, minutes: 3 },
  cd: { method: "cd", set: { weightDecay: 1e-8 }, minutes: 5 },
  rrd: { method: "rrd", set: { weightDecay: 1e-5 }, minutes: 5 },
  dcd: { method: "dcd", set: { weightDecay: 1e-5 }, minutes: 5 },
  rd: { method: "rd", set: { weightDecay: 1e-5 }, minutes: 5 },
  unkd: { method: "unkd", set: { weightDecay: 1e-8 }, minutes: 4 },
  de: { method: "de", set: { weightDecay: 1e-4 }, minutes: 5 },
  ftd: { method: "ftd", set: { batchSize: 1024, weightDecay: 1e-3 }, minutes: 4 }, // of its authors' notebook
  htd: { method: "htd", set: { weightDecay: 1e-8 }, minutes: 5 },
  pckd: { method: "pckd", set: { weightDecay: 1e-4 }, minutes: 5 },
  // as the authors ported it: one teacher, three of its states, BPR beside; the rest of the catalogue estimated
  hetcomp: {
    method: "hetcomp",
    teacher: "mfcourse",
    set: { k: 50, observed: 4, base: 1, rest: 512, weightDecay: 1e-3 },
    minutes: 15,
  },
};

const lightgcnToMf: Record<string, Taught> = {
  "rce-kd": {
    method: "rce-kd",
    set: { ...rceKd, weight: 100, temperature: 10, beta: 5, weightDecay: 1e-7 },
    minutes: 3,
  },
  ...crossEntropies(5, 10),
  rrd: { method: "rrd", set: { weight: 0.05, weightDecay: 1e-5 }, minutes: 5 },
};

const lightgcnToLightgcn: Record<string, Taught> = {
  "rce-kd": {
    method: "rce-kd",
    set: { ...rceKd, drawn: 100, weight: 500, beta: 10, weightDecay: 1e-5 },
    minutes: 5,
  },
  rrd: { method: "rrd", set: { weight: 0.01, k: 50, drawn: 100, weightDecay: 1e-5 }, minutes: 8 },
};

/** HSTU's loss is a mean over positions, and the method's a sum over users. */
const hstu = {
  loss: "sampled",
  negatives: 512,
  negativesStandFor: 512,
  beta2: 0.999,
  untouched: "move",
  weightDecay: 1e-5,
  validateEvery: 1,
  patience: 30,
};
/** What was tried on the way: 4,096 negatives that count as 512. */
const hstu4k = { ...hstu, negatives: 4096 };
/**
 * The authors draw 512 negatives for every position, loss "sampled" shares them among the positions of a batch, where an item is
 * pushed down in one step of fifty. Sixteen positions that share them touch nearly every item in every step, as theirs do.
 */
const hstu16 = { ...hstu, positionsPerDraw: 16 };
/** As theirs. */
const hstu1 = { ...hstu, positionsPerDraw: 1 };
const batchOfUsers = { batchSize: 512, reduction: "sum" };
const wide = { k: 100, drawn: 100 };

/** The code ships no CE for this pair: RCE-KD's weight and K. */
const hstuToHstu: Record<string, Taught> = {
  "rce-kd": {
    method: "rce-kd",
    set: { ...batchOfUsers, ...wide, pool: 200, weight: 5, beta: 3 },
    minutes: 15,
  },
  ...Object.fromEntries(
    ["teacher", "student", "union", "all"].map((guide) => {
      const set = { ...batchOfUsers, guide, weight: 5, k: 100 };
      return [`ce-${guide}`, { method: "ce", set, minutes: guide === "all" ? 30 : 15 }];
    }),
  ),
  cd: { method: "cd", set: { ...batchOfUsers, weightDecay: 1e-8 }, minutes: 15 },
  rrd: { method: "rrd", set: { ...batchOfUsers, weight: 1e-4 }, minutes: 15 },
  dcd: { method: "dcd", set: batchOfUsers, minutes: 15 },
};

const hstuToMf: Record<string, Taught> = {
  "rce-kd": {
    method: "rce-kd",
    set: { ...wide, pool: 500, weight: 50_000, beta: 5, weightDecay: 1e-5 },
    minutes: 5,
  },
  rrd: { method: "rrd", set: { weightDecay: 1e-5 }, minutes: 5 },
};

const table: PairTable = {
  data: "data/citeulike",
  teachers: {
    mf: { model: "mf", set: { width: 400, ...mf, weightDecay: 1e-3 }, minutes: 5 },
    mfcourse: { model: "mf", set: { width: 400, ...mf, weightDecay: 1e-3 }, states: 3, minutes: 5 },
    lightgcn: {
      model: "lightgcn",
      set: { width: 512, layers: 3, ...authors, weightDecay: 1e-7 },
      minutes: 25,
    },
    hstu: { model: "hstu", set: hstu, minutes: 25 },
    hstu4k: { model: "hstu", set: hstu4k, minutes: 60 },
    hstu16: { model: "hstu", set: hstu16, minutes: 60 },
    hstu1: { model: "hstu", set: hstu1, minutes: 60 },
  },
  students: {
    mf: { model: "mf", set: { width: 20, ...mf, weightDecay: 1e-3 }, minutes: 2 },
    lightgcn: {
      model: "lightgcn",
      set: { width: 20, layers: 3, ...authors, weightDecay: 1e-3 },
      minutes: 5,
    },
    hstu: { model: "hstu", set: { blocks: 1, heads: 2, ...hstu }, minutes: 10 },
    hstu4k: { model: "hstu", set: { blocks: 1, heads: 2, ...hstu4k }, minutes: 20 },
    hstu16: { model: "hstu", set: { blocks: 1, heads: 2, ...hstu16 }, minutes: 20 },
    hstu1: { model: "hstu", set: { blocks: 1, heads: 2, ...hstu1 }, minutes: 25 },
  },
  pairs: [
    { name: "mf-mf", teacher: "mf", student: "mf", methods: mfToMf },
    { name: "lightgcn-mf", teacher: "lightgcn", student: "mf", methods: lightgcnToMf },
    { name: "lightgcn-lightgcn", teacher: "lightgcn", student: "lightgcn", methods: lightgcnToLightgcn },
    { name: "hstu-hstu", teacher: "hstu", student: "hstu", methods: { "rce-kd": hstuToHstu["rce-kd"]! } },
    { name: "hstu-mf", teacher: "hstu", student: "mf", methods: { "rce-kd": hstuToMf["rce-kd"]! } },
    { name: "hstu4k-hstu4k", teacher: "hstu4k", student: "hstu4k", methods: hstuToHstu },
    { name: "hstu4k-mf", teacher: "hstu4k", student: "mf", methods: hstuToMf },
    { name: "hstu16-hstu16", teacher: "hstu16", student: "hstu16", methods: hstuToHstu },
    { name: "hstu16-mf", teacher: "hstu16", student: "mf", methods: hstuToMf },
    { name: "hstu1-hstu1", teacher: "hstu1", student: "hstu1", methods: hstuToHstu },
    { name: "hstu1-mf", teacher: "hstu1", student: "mf", methods: hstuToMf },
  ],
};

const negatives = (teacher: string, how: string) =>
  Object.fromEntries(
    [teacher, "mf"].map((student) => [
      `${teacher}-${student}`,
      `${how}, in the paper 512 for each position.`,
    ]),
  );

export const rceKdCiteulike: Recipe = {
  name: "rce-kd-citeulike",
  title: "RCE-KD on CiteULike",
  source: {
    ...citeulike,
    import: [
      ...["data", "import", "{from}", "--format", "user-lists", "--filter", "one-pass"],
      ...["--min-user", "5", "--min-item", "0", "--split", "ratio", "--ratios", "0.8,0.1,0.1"],
      ...["--out", table.data],
    ],
  },
  protocol: "rcekd-v1",
  notes: {
    "lightgcn-mf": "The teacher's width is 512, in the paper 2,000.",
    ...negatives("hstu", "512 negatives are drawn for a whole batch"),
    ...negatives("hstu4k", "4,096 negatives are drawn for a whole batch and together count as 512"),
    ...negatives("hstu16", "512 negatives are drawn for each sixteen positions"),
  },
  cells: (seeds) => pairCells(table, seeds),
};
