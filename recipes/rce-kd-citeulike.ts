/**
 * Table 1 of RCE-KD, CiteULike: one large model distilled into a small one.
 *
 * Data, split and protocol as the authors' (8:1:1 per user in stored order, which here is by item id; only training
 * items masked; mean over all users; early stopping on validation NDCG@10 with patience 30). Teachers are trained once,
 * students per seed. Settings are those shipped with the authors' code (losses summed over rows, Adam with coupled decay
 * moving every row); nothing is tuned here.
 *
 * Expected, R@10 N@10 R@20 N@20 (paper): MF teacher .0283 .0155 .0442 .0198; RCE-KD MF to MF .0278 .0152 .0431 .0194;
 * student alone .0177 .0098 .0284 .0128.
 */
import type { Argv, Cell, Recipe } from "./types.ts";

const data = ["--data", "data/citeulike"];

const settings = (values: Readonly<Record<string, string | number>>): string[] =>
  Object.entries(values).flatMap(([key, value]) => ["--set", `${key}=${value}`]);

/** What every run has in common. */
const authors = {
  batchSize: 2048,
  reduction: "sum",
  beta2: 0.999,
  untouched: "move",
  validateEvery: 1,
  patience: 30,
};
const mf = { deviation: 0.01 };

const made = (id: string, run: Argv, needs: readonly string[], minutes: number): Cell => ({
  id,
  needs,
  steps: [{ run: [...run, "--out", `bundles/${id}`] }],
  leaves: `bundles/${id}`,
  measures: `bundles/${id}`,
  minutes,
});

const teacher = made(
  "mf/teacher",
  ["train", ...data, "--model", "mf", ...settings({ width: 400, ...mf, ...authors, weightDecay: 1e-3 })],
  [],
  5,
);

const factors: Cell = {
  id: "mf/factors",
  needs: ["mf/teacher"],
  steps: [{ run: ["factors", "--bundle", "bundles/mf/teacher", ...data, "--out", "signals/mf"] }],
  leaves: "signals/mf",
  measures: null,
  minutes: 1,
};

/** Method settings on CiteULike, MF to MF, and minutes of a run. */
const methods: Readonly<
  Record<string, { method: string; set: Readonly<Record<string, string | number>>; minutes: number }>
> = {
  "rce-kd": {
    method: "rce-kd",
    set: { weight: 500, k: 50, drawn: 50, pool: 200, beta: 3, weightDecay: 1e-5 },
    minutes: 4,
  },
  "ce-teacher": { method: "ce", set: { guide: "teacher", weight: 1, k: 50, weightDecay: 1e-7 }, minutes: 4 },
  "ce-student": { method: "ce", set: { guide: "student", weight: 1, k: 50, weightDecay: 1e-7 }, minutes: 4 },
  "ce-union": { method: "ce", set: { guide: "union", weight: 1, k: 50, weightDecay: 1e-7 }, minutes: 4 },
  "ce-all": { method: "ce", set: { guide: "all", weight: 1, weightDecay: 1e-7 }, minutes: 40 },
};

function students(seed: number): Cell[] {
  const student = { width: 20, ...mf, ...authors };
  const seeded = ["--seed", String(seed)];
  const alone = [
    "train",
    ...data,
    "--model",
    "mf",
    ...settings({ ...student, weightDecay: 1e-3 }),
    ...seeded,
  ];
  const taught = Object.entries(methods).map(([name, { method, set, minutes }]) => {
    const run = ["distill", "--method", method, "--signals", "signals/mf", ...data, "--student", "mf"];
    const all = [...run, ...settings({ ...student, ...set }), ...seeded];
    return made(`mf-mf/${name}/seed-${seed}`, all, ["mf/factors"], minutes);
  });
  return [made(`mf-mf/none/seed-${seed}`, alone, [], 2), ...taught];
}

export const rceKdCiteulike: Recipe = {
  name: "rce-kd-citeulike",
  title: "RCE-KD on CiteULike",
  source: {
    file: "citeulike/users.dat",
    sha256: "02d5d429b2c0362e0ed79f6ef204666b4092563d21493abf4dfb521e8a7078bf",
    import: [
      ...["data", "import", "{from}", "--format", "user-lists", "--filter", "one-pass"],
      ...["--min-user", "5", "--min-item", "0", "--split", "ratio", "--ratios", "0.8,0.1,0.1"],
      ...["--out", "data/citeulike"],
    ],
  },
  protocol: "rcekd-v1",
  cells: (seeds) => [teacher, factors, ...Array.from({ length: seeds }, (_, seed) => students(seed)).flat()],
};
