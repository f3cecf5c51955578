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
}

/** @returns every cell: `<teacher>/teacher`, `<teacher>/factors` or `<teacher>/trajectory`, `alone/<student>/seed-n`, `<pair>/<method>/seed-n`. */
export function pairCells({ data, teachers, students, pairs }: PairTable, seeds: number): Cell[] {
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
    ]),
    ...perSeed.flat(),
  ];
}

const kept = ({ states }: Teacher) => (states === undefined ? [] : ["--trajectory", String(states)]);

const teacherOf = (pair: Pair, { teacher = pair.teacher }: Taught) => teacher;

/** The cell that leaves the signal of a row. */
function signalId(pair: Pair, taught: Taught, teachers: PairTable["teachers"]): string {
  const name = teacherOf(pair, taught);
  return signalCellId(name, teachers[name]!);
}

const signalCellId = (name: string, { states }: Teacher) =>
  `${name}/${states === undefined ? "factors" : "trajectory"}`;

/** No table has this seed. */
const tuningSeed = 100;

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
        const id = `tune/${pair.name}/${row}/weight-${weight}`;
        const tried = { ...taught, set: { ...taught.set, weight } };
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
  const run = ["distill", "--method", method, "--signals", `signals/${teacherOf(pair, taught)}`, ...onData];
  return [...run, "--student", student.model, ...settings({ ...student.set, ...set })];
}

function signalCell(name: string, teacher: Teacher, onData: Argv): Cell {
  const [bundle, out] = [`bundles/${name}/teacher`, `signals/${name}`];
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
