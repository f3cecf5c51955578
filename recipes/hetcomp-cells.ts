/**
 * What recipes of HetComp share: teachers with their courses of training, their ensemble, and students taught by it, every rival by the
 * same finished ensemble with the default options of its file; rows `hetcomp-*` are HetComp changed, or its curriculum with another loss.
 */
import { seeded, settings, trained, type Settings, type Trained } from "./rce-kd-cells.ts";
import type { Argv, Cell } from "./types.ts";

/** Rows of a table: a method and its options. */
type Rows = Readonly<Record<string, readonly [method: string, set: Settings]>>;

/** A table: teachers in an ensemble, students of it. */
export interface EnsembleTable {
  readonly data: string;
  readonly protocol: string;
  /** By name; trained once. */
  readonly teachers: Readonly<Record<string, Trained>>;
  /** By name; minutes are those without a teacher. */
  readonly students: Readonly<Record<string, Trained>>;
  /** Of a student without teachers, where it learns better otherwise. */
  readonly alone?: Settings;
  /** Minutes of a student with teachers, on two quiet cores. */
  readonly minutes: number;
  /** Rows that other tables do not have. */
  readonly more?: Rows;
}

const signal = "signals/ensemble";

/** Drawn items beside the student's best stand for the rest of the catalogue, the same for every method that sums over it: a third of the time. */
export const drawn = { rest: 512 };

/** RCE-KD on the whole list of the ensemble, as long as what HetComp learns, in place of its first half. */
const whole = { k: 100, drawn: 100 };

/** Of every table. */
const rows: Rows = {
  hetcomp: ["hetcomp", drawn],
  "ensemble-rrd": ["ensemble-rrd", drawn],
  mtd: ["mtd", drawn],
  "cl-drd": ["cl-drd", drawn],
  "ensemble-dcd": ["ensemble-dcd", {}],
  "ensemble-rce-kd": ["ensemble-rce-kd", {}],
  "hetcomp-without-curriculum": ["hetcomp", { ...drawn, curriculum: "none" }],
  "hetcomp-fixed": ["hetcomp", { ...drawn, curriculum: "fixed" }],
  "hetcomp-random": ["hetcomp", { ...drawn, curriculum: "random" }],
  "hetcomp-overall": ["hetcomp", { ...drawn, transfer: "overall" }],
  "hetcomp-finer": ["hetcomp", { ...drawn, transfer: "finer" }],
  "hetcomp-rce-kd": ["ensemble-rce-kd", { curriculum: "dynamic" }],
  "hetcomp-rce-kd-100": ["ensemble-rce-kd", { ...whole, curriculum: "dynamic" }],
  "ensemble-rce-kd-100": ["ensemble-rce-kd", whole],
  "hetcomp-consistency": ["hetcomp", { ...drawn, consistency: "true" }],
  "hetcomp-whole-rest": ["hetcomp", { rest: 0 }],
};

export function ensembleCells(table: EnsembleTable, seeds: number): Cell[] {
  const perSeed = Array.from({ length: seeds }, (_, seed) => seed);
  return [
    ...Object.entries(table.teachers).map(([name, teacher]) => teacherCell(table, name, teacher)),
    ensembleCell(table),
    ...perSeed.flatMap((seed) =>
      Object.entries(table.students).flatMap(([name, student]) => studentCells(table, name, student, seed)),
    ),
  ];
}

function teacherCell({ data }: EnsembleTable, name: string, { model, set, minutes }: Trained): Cell {
  const states = ["--trajectory", "4", "--states-by", "accuracy"];
  const run = ["train", "--data", data, "--model", model, ...states, ...settings(set)];
  return trained(`${name}/teacher`, run, [], minutes);
}

/** What the teachers are together is in its output. */
function ensembleCell({ data, protocol, teachers }: EnsembleTable): Cell {
  const names = Object.keys(teachers);
  const joined = names.map((name) => `${name}=bundles/${name}/teacher`);
  return {
    id: "ensemble",
    needs: names.map((name) => `${name}/teacher`),
    steps: [
      { run: ["trajectory", ...joined, "--data", data, "--out", signal] },
      { run: ["ensemble", "--signals", signal, "--data", data, "--protocol", protocol] },
    ],
    leaves: signal,
    measures: null,
    minutes: 1,
  };
}

function studentCells(
  table: EnsembleTable,
  name: string,
  { model, set, minutes }: Trained,
  seed: number,
): Cell[] {
  const onData = ["--data", table.data];
  const alone = [
    "train",
    ...onData,
    "--model",
    model,
    ...settings({ ...set, ...table.alone }),
    ...seeded(seed),
  ];
  const taught = (method: string, own: Settings): Argv => [
    ...["distill", "--method", method, "--signals", signal, ...onData, "--student", model],
    ...settings({ ...set, ...own }),
    ...seeded(seed),
  ];
  return [
    trained(`alone/${name}/seed-${seed}`, alone, [], minutes),
    ...Object.entries({ ...rows, ...table.more }).map(([row, [method, own]]) =>
      trained(`${name}/${row}/seed-${seed}`, taught(method, own), ["ensemble"], table.minutes),
    ),
  ];
}
