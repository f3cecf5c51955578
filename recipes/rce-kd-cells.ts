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

/** A method by its name in the CLI; its options go over the student's. */
export interface Taught {
  readonly method: string;
  readonly set: Settings;
  readonly minutes: number;
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
  readonly teachers: Readonly<Record<string, Trained>>;
  readonly students: Readonly<Record<string, Trained>>;
  readonly pairs: readonly Pair[];
}

/** @returns every cell: `<teacher>/teacher`, `<teacher>/factors`, `alone/<student>/seed-n`, `<pair>/<method>/seed-n`. */
export function pairCells({ data, teachers, students, pairs }: PairTable, seeds: number): Cell[] {
  const onData = ["--data", data];
  const train = ({ model, set }: Trained) => ["train", ...onData, "--model", model, ...settings(set)];
  const perSeed = Array.from({ length: seeds }, (_, seed) => [
    ...Object.entries(students).map(([name, student]) =>
      trained(`alone/${name}/seed-${seed}`, [...train(student), ...seeded(seed)], [], student.minutes),
    ),
    ...pairs.flatMap((pair) => taughtCells(pair, students[pair.student]!, onData, seed)),
  ]);
  return [
    ...Object.entries(teachers).flatMap(([name, teacher]) => [
      trained(`${name}/teacher`, train(teacher), [], teacher.minutes),
      factors(name, onData),
    ]),
    ...perSeed.flat(),
  ];
}

function taughtCells(pair: Pair, student: Trained, onData: Argv, seed: number): Cell[] {
  return Object.entries(pair.methods).map(([row, taught]) => {
    const argv = [...distill(pair, student, taught, onData), ...seeded(seed)];
    return trained(`${pair.name}/${row}/seed-${seed}`, argv, [`${pair.teacher}/factors`], taught.minutes);
  });
}

/** No table has this seed. */
const tuningSeed = 100;

/**
 * @returns a cell for every method and weight, `tune/<pair>/<method>/weight-w`: what it reaches on validation items is in
 *   its result, test items are not looked at.
 */
export function tuningCells(
  { data, students, pairs }: PairTable,
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
          [`${pair.teacher}/factors`],
          taught.minutes,
        );
        return { ...cell, measures: null };
      }),
    ),
  );
}

function distill({ teacher }: Pair, student: Trained, { method, set }: Taught, onData: Argv): Argv {
  const run = ["distill", "--method", method, "--signals", `signals/${teacher}`, ...onData];
  return [...run, "--student", student.model, ...settings({ ...student.set, ...set })];
}

function factors(teacher: string, onData: Argv): Cell {
  const run = ["factors", "--bundle", `bundles/${teacher}/teacher`, ...onData, "--out", `signals/${teacher}`];
  return {
    id: `${teacher}/factors`,
    needs: [`${teacher}/teacher`],
    steps: [{ run }],
    leaves: `signals/${teacher}`,
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
