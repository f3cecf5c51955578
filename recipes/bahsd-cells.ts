/** Cells of the experiment on BAHSD: teachers, one probe per teacher and share of owned users, students by every method. */
import type { Settings, Trained } from "./rce-kd-cells.ts";
import { settings } from "./rce-kd-cells.ts";
import type { Argv, Cell } from "./types.ts";

/** Users whose histories the student's owner has. */
export interface Share {
  readonly users: number;
  /** Answers bought: the same for every method. */
  readonly answers: number;
  /** More words for `potstill probe`, where other answers are bought than histories, suffixes and prefixes. */
  readonly asks?: Argv;
  /** The teacher gives scores, too. */
  readonly scores?: true;
  /** A share of the answers is of another teacher: the service falls back. */
  readonly fallback?: { readonly teacher: string; readonly share: number };
  /** Of every student's training. */
  readonly set: Settings;
  /** Of a taught student as large as the SASRec teacher, on two quiet cores. */
  readonly minutes: number;
}

export interface Student {
  readonly model: string;
  readonly set: Settings;
  /** Its minutes over those of {@link Share}. */
  readonly times: number;
}

/** A row of a table. */
export interface Row {
  readonly method: string;
  readonly set: Settings;
  readonly times: number;
  /** The row whose tuning it shares, where it has none. */
  readonly as?: string;
}
export type Rows = Readonly<Record<string, Row>>;

/** One table, or a part of it. */
export interface Block {
  readonly teacher: string;
  readonly student: string;
  readonly share: string;
  /** Label-free: the owner's histories are asked, what comes next in them is not learned. */
  readonly unlabelled?: true;
  readonly rows: Rows;
  /** At most, whatever --seeds says. */
  readonly seeds: number;
}

export interface Experiment {
  readonly data: string;
  readonly teachers: Readonly<Record<string, Trained>>;
  /** By teacher and name, "sasrec-same". */
  readonly students: Readonly<Record<string, Student>>;
  readonly shares: Readonly<Record<string, Share>>;
  /** The decisive ones first. */
  readonly blocks: readonly Block[];
  /**
   * By row, or "bce-same/uniform-kl" for one pair: `labels`, the weight of the owner's labels beside the method's loss, that tuning
   * chose; the method's own until it has run.
   */
  readonly labels: Readonly<Record<string, number>>;
  /** Of {@link tuningCells}. */
  readonly tuned: readonly Omit<Block, "seeds">[];
}

/** Which users are owned; the same for all teachers and methods. */
const ownedSeed = 7;
/** No table has this seed. */
const tuningSeed = 100;

/**
 * @returns `<teacher>/teacher`, `<teacher>/share-10/probe`, each before the first that needs it, and
 *   `<teacher>-<student>/share-10/<row>/seed-n`, block by block, all rows of a seed before the next seed.
 */
export function experimentCells(experiment: Experiment, seeds: number): Cell[] {
  const cells = new Map<string, Cell>();
  const add = (cell: Cell) => void cells.set(cell.id, cells.get(cell.id) ?? cell);
  for (const block of experiment.blocks) {
    const { fallback } = experiment.shares[block.share]!;
    for (const name of [block.teacher, ...(fallback ? [fallback.teacher] : [])])
      add(teacherCell(experiment, name));
    add(probeCell(experiment, block));
    for (let seed = 1; seed <= Math.min(seeds, block.seeds); seed++)
      for (const [name, row] of Object.entries(block.rows)) {
        const chosen = { ...row, set: { ...row.set, ...labelsOf(experiment, block, row.as ?? name) } };
        add(studentCell(experiment, block, `${tableOf(block)}/${name}/seed-${seed}`, chosen, seed));
      }
  }
  return [...cells.values(), ...tuningCells(experiment)];
}

const tableOf = ({ teacher, student, share, unlabelled }: Omit<Block, "rows" | "seeds">) =>
  `${teacher}-${student}/share-${share}${unlabelled ? "-unlabelled" : ""}`;

/** Weights of the labels to choose from. */
const weights = [0.1, 1, 10];

/**
 * A cell for every row and weight of the labels, `tune/<teacher>-<student>/share-10/<row>/labels-w`: what it reaches on the
 * owner's validation items is in its result, test items are not looked at.
 */
function tuningCells(experiment: Experiment): Cell[] {
  return experiment.tuned.flatMap((block) =>
    Object.entries(block.rows).flatMap(([name, row]) =>
      weights.map((labels) => {
        const id = `tune/${tableOf(block)}/${name}/labels-${labels}`;
        const tried = { ...row, set: { ...row.set, labels } };
        return { ...studentCell(experiment, block, id, tried, tuningSeed), measures: null };
      }),
    ),
  );
}

function labelsOf({ labels }: Experiment, { teacher, student, unlabelled }: Block, row: string): Settings {
  if (unlabelled) return { labels: 0 };
  const chosen = labels[`${teacher}-${student}/${row}`] ?? labels[row];
  return chosen === undefined ? {} : { labels: chosen };
}

function teacherCell({ data, teachers }: Experiment, name: string): Cell {
  const { model, set, minutes } = teachers[name]!;
  const out = bundleOf(name);
  return {
    id: `${name}/teacher`,
    needs: [],
    steps: [{ run: ["train", "--data", data, "--model", model, ...settings(set), "--out", out] }],
    leaves: out,
    measures: out,
    minutes,
  };
}

function probeCell({ data, shares }: Experiment, { teacher, share }: Block): Cell {
  const { users, answers, asks = [], scores, fallback } = shares[share]!;
  const out = signalsOf(teacher, share);
  const within = ["--budget", String(answers), ...asks];
  const serves = ["serve", "--bundle", bundleOf(teacher), ...(scores ? [] : ["--ids-only"])];
  const falls = fallback
    ? ["--fallback", bundleOf(fallback.teacher), "--fallback-share", String(fallback.share)]
    : [];
  const asked = ["probe", "--teacher", "{url}", "--data", data, "--out", out, ...within];
  return {
    id: `${teacher}/share-${share}/probe`,
    needs: [teacher, ...(fallback ? [fallback.teacher] : [])].map((name) => `${name}/teacher`),
    steps: [
      {
        serve: [...serves, ...falls],
        during: [[...asked, "--users", String(users), "--seed", String(ownedSeed)]],
      },
    ],
    leaves: out,
    measures: null,
    minutes: Math.ceil(answers / perMinute),
  };
}

/** Answers over loopback: 30,000 took 25 to 37 seconds on ML-1M. */
const perMinute = 50_000;

function studentCell(
  { data, shares, students }: Experiment,
  { teacher, student, share }: Omit<Block, "rows" | "seeds">,
  id: string,
  row: Row,
  seed: number,
): Cell {
  const { model, set, times } = students[`${teacher}-${student}`]!;
  const taught = [
    "distill",
    "--method",
    row.method,
    ...settings({ ...set, ...shares[share]!.set, ...row.set }),
  ];
  const from = ["--signals", signalsOf(teacher, share), "--data", data, "--student", model];
  const out = `bundles/${id}`;
  return {
    id,
    needs: [`${teacher}/teacher`, `${teacher}/share-${share}/probe`],
    steps: [{ run: [...taught, ...from, "--seed", String(seed), "--out", out] }],
    leaves: out,
    measures: out,
    teacher: bundleOf(teacher),
    minutes: Math.ceil(shares[share]!.minutes * times * row.times),
  };
}

const bundleOf = (teacher: string) => `bundles/${teacher}/teacher`;
const signalsOf = (teacher: string, share: string) => `signals/${teacher}/share-${share}`;
