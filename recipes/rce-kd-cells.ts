/** Cells of a table of RCE-KD: teachers trained once, their factors, students alone and taught, per seed. */
import type { Argv, Cell } from "./types.ts";

/** `--set key=value` of a command. */
export type Settings = Readonly<Record<string, string | number>>;

/** A model by its name in the CLI, its options, and minutes of a run on two quiet cores. */
export interface Trained {
  readonly model: string;
  readonly set: Settings;
  readonly minutes: number;
}

export interface Teacher extends Trained {
  /** Of its course of training, which is then its signal; absent: its factors are. */
  readonly states?: number;
}

/** A method by its name in the CLI; its options go over the student's. */
export interface Taught {
  readonly method: string;
  readonly set: Settings;
  readonly minutes: number;
  /** Another than the pair's. */
  readonly teacher?: string;
  /** One of {@link PairTable.asked}, which is its signal in the place of the teacher's factors. */
  readonly asks?: string;
}

/** Students of one kind taught by one teacher. */
export interface Pair {
  readonly name: string; // "mf-mf"
  readonly teacher: string;
  readonly student: string;
  readonly methods: Readonly<Record<string, Taught>>;
}

export interface PairTable {
  readonly data: string;
  readonly teachers: Readonly<Record<string, Teacher>>;
  readonly students: Readonly<Record<string, Trained>>;
  readonly pairs: readonly Pair[];
  /** What teachers are asked where only their lists are read: words for `potstill probe`, by name. */
  readonly asked?: Readonly<Record<string, Argv>>;
}

/**
 * @returns every cell: `<teacher>/teacher`, `<teacher>/factors` or `<teacher>/trajectory`, `<teacher>/<asked>`,
 *   `alone/<student>/seed-n`, `<pair>/<method>/seed-n`.
 */
export function pairCells({ data, teachers, students, pairs, asked = {} }: PairTable, seeds: number): Cell[] {
  const onData = ["--data", data];
  const train = ({ model, set }: Trained) => ["train", ...onData, "--model", model, ...settings(set)];
  const perSeed = Array.from({ length: seeds }, (_, seed) => [
    ...Object.entries(students).map(([name, student]) =>
      trained(`alone/${name}/seed-${seed}`, [...train(student), ...seeded(seed)], [], student.minutes),
    ),
    ...pairs.flatMap((pair) =>
      Object.entries(pair.methods).map(([row, taught]) => {
        const argv = [...distill(pair, students[pair.student]!, taught, onData), ...seeded(seed)];
        return trained(
          `${pair.name}/${row}/seed-${seed}`,
          argv,
          [signalId(pair, taught, teachers)],
          taught.minutes,
        );
      }),
    ),
  ]);
  return [
    ...Object.entries(teachers).flatMap(([name, teacher]) => [
      trained(`${name}/teacher`, [...train(teacher), ...kept(teacher)], [], teacher.minutes),
      signalCell(name, teacher, onData),
      ...Object.entries(asked).map(([what, words]) => askedCell(name, what, words, onData)),
    ]),
    ...perSeed.flat(),
  ];
}

const kept = ({ states }: Teacher) => (states === undefined ? [] : ["--trajectory", String(states)]);

const teacherOf = (pair: Pair, { teacher = pair.teacher }: Taught) => teacher;

/** The cell that leaves the signal of a row. */
function signalId(pair: Pair, taught: Taught, teachers: PairTable["teachers"]): string {
  const name = teacherOf(pair, taught);
  return taught.asks === undefined ? signalCellId(name, teachers[name]!) : `${name}/${taught.asks}`;
}

const signalCellId = (name: string, { states }: Teacher) =>
  `${name}/${states === undefined ? "factors" : "trajectory"}`;

/** No table has this seed. */
const tuningSeed = 100;

/** What sets the two losses against each other: lambda, or with lists the weight of the labels. */
export const weightOf = ({ asks }: Pick<Taught, "asks">) => (asks === undefined ? "weight" : "labels");

/**
 * @returns a cell for every method and weight, `tune/<pair>/<method>/weight-w`: what it reaches on validation items is in
 *   its result, test items are not looked at.
 */
export function tuningCells(
  { data, teachers, students, pairs }: PairTable,
  weights: (method: string) => readonly number[],
): Cell[] {
  return pairs.flatMap((pair) =>
    Object.entries(pair.methods).flatMap(([row, taught]) =>
      weights(row).map((weight) => {
        const key = weightOf(taught);
        const id = `tune/${pair.name}/${row}/${key}-${weight}`;
        const tried = { ...taught, set: { ...taught.set, [key]: weight } };
        const argv = distill(pair, students[pair.student]!, tried, ["--data", data]);
        const cell = trained(
          id,
          [...argv, ...seeded(tuningSeed)],
          [signalId(pair, taught, teachers)],
          taught.minutes,
        );
        return { ...cell, measures: null };
      }),
    ),
  );
}

function distill(pair: Pair, student: Trained, taught: Taught, onData: Argv): Argv {
  const { method, set } = taught;
  const signal = signalOf(teacherOf(pair, taught), taught.asks);
  const run = ["distill", "--method", method, "--signals", signal, ...onData];
  return [...run, "--student", student.model, ...settings({ ...student.set, ...set })];
}

const signalOf = (teacher: string, asks?: string) =>
  `signals/${teacher}${asks === undefined ? "" : `-${asks}`}`;

const bundleOf = (teacher: string) => `bundles/${teacher}/teacher`;

function askedCell(name: string, what: string, words: Argv, onData: Argv): Cell {
  const out = signalOf(name, what);
  return {
    id: `${name}/${what}`,
    needs: [`${name}/teacher`],
    steps: [
      {
        serve: ["serve", "--bundle", bundleOf(name), "--ids-only"],
        during: [["probe", "--teacher", "{url}", ...onData, ...words, "--out", out]],
      },
    ],
    leaves: out,
    measures: null,
    minutes: 2,
  };
}

function signalCell(name: string, teacher: Teacher, onData: Argv): Cell {
  const [bundle, out] = [bundleOf(name), signalOf(name)];
  const run =
    teacher.states === undefined
      ? ["factors", "--bundle", bundle, ...onData, "--out", out]
      : ["trajectory", `${teacher.model}=${bundle}`, ...onData, "--out", out];
  return {
    id: signalCellId(name, teacher),
    needs: [`${name}/teacher`],
    steps: [{ run }],
    leaves: out,
    measures: null,
    minutes: 1,
  };
}

export const seeded = (seed: number): Argv => ["--seed", String(seed)];

export const settings = (values: Settings): string[] =>
  Object.entries(values).flatMap(([key, value]) => ["--set", `${key}=${value}`]);

export const trained = (id: string, run: Argv, needs: readonly string[], minutes: number): Cell => ({
  id,
  needs,
  steps: [{ run: [...run, "--out", `bundles/${id}`] }],
  leaves: `bundles/${id}`,
  measures: `bundles/${id}`,
  minutes,
});
