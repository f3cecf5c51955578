/** Rows of a table of the results page: a model or method over its seeds. */
import { bootstrapMean, holm, pairedTTest } from "../src/evaluate/index.ts";
import { Random } from "../src/random.ts";
import { decimals, isMeasured, mean, percent, probability, spread, type Measured } from "./page-parts.ts";
import { ndcgOf } from "./results.ts";
import type { CellResult } from "./types.ts";

export interface Row {
  readonly name: string; // "mf-mf/rce-kd"
  readonly cells: readonly Measured[];
  /** [N] NDCG@10 per user, mean over seeds. */
  readonly perUser: Float64Array;
}

export function rowsOf(results: ReadonlyMap<string, CellResult>): Row[] {
  const groups = new Map<string, Measured[]>();
  for (const [id, cell] of results) {
    const name = id.replace(/\/seed-\d+$/, "");
    if (isMeasured(cell)) groups.set(name, [...(groups.get(name) ?? []), cell]);
  }
  return [...groups].map(([name, cells]): Row => {
    const columns = cells.map(({ evaluation }) => ndcgOf(evaluation));
    return {
      name,
      cells,
      perUser: Float64Array.from(columns[0]!, (_, u) => mean(columns.map((c) => c[u]!))),
    };
  });
}

/** NDCG@10, mean over users and seeds. */
export const ndcgOfRow = ({ perUser }: Row): number => mean(Array.from(perUser));

/** @returns rows with the higher mean NDCG@10 first. */
export const bestFirst = (rows: readonly Row[]): Row[] =>
  [...rows].sort((a, b) => ndcgOfRow(b) - ndcgOfRow(a));

export function lineOf({ name, cells }: Row, labels: readonly string[], against: string): string {
  const values = labels.map((label) => spread(cells.map(({ evaluation }) => evaluation.metrics[label]!)));
  const training = cells.map(({ output }) => trainingOf(output));
  const epochs = Math.round(mean(training.map((t) => t.epochs)));
  const seconds = mean(training.map((t) => t.seconds / t.epochs)).toFixed(2);
  return `| ${name} | ${cells.length} | ${values.join(" | ")} | ${against} | ${epochs} | ${seconds} |`;
}

/** A row of a table of the README. */
export function summaryLine(
  called: string,
  seeds: string,
  parameters: number,
  values: readonly number[],
): string {
  return `| ${[called, seeds, parameters.toLocaleString("en"), ...values.map((x) => decimals(x))].join(" | ")} |`;
}

/** Rows that have run, by what they are called in the README. */
export const summaryLines = (
  rows: readonly Row[],
  called: Readonly<Record<string, string>>,
  labels: readonly string[],
): string[] =>
  Object.entries(called).flatMap(([name, title]) => {
    const { cells } = rows.find((each) => each.name === name) ?? { cells: [] };
    if (cells.length === 0) return [];
    const values = labels.map((label) => mean(cells.map(({ evaluation }) => evaluation.metrics[label]!)));
    return [summaryLine(title, String(cells.length), parametersOf(cells[0]!), values)];
  });

export function parametersOf({ output }: CellResult): number {
  const { sizes } = output.manifest as { sizes: { parameters: number } };
  return sizes.parameters;
}

const apart = (row: Row, other: Row) => row.perUser.map((x, u) => x - other.perUser[u]!);

/**
 * Against one row, of NDCG@10: the relative difference with a 95 % bootstrap interval over users, and p of a paired t-test over
 * users, Holm-corrected.
 */
export function differences(students: readonly Row[], ours: Row): Map<Row, string> {
  const others = students.filter((row) => row !== ours);
  const corrected = holm(others.map((row) => pairedTTest(apart(row, ours)).p));
  return new Map(others.map((row, i) => [row, difference(row, ours, corrected[i]!)]));
}

function difference(row: Row, other: Row, p: number): string {
  const base = ndcgOfRow(other);
  const interval = bootstrapMean(apart(row, other), { random: new Random("results page") });
  const of = (x: number) => percent(x / base);
  return `${of(interval.mean)} [${of(interval.low)}, ${of(interval.high)}], ${probability(p)}`;
}

/** Epochs and seconds of training, validation included. */
function trainingOf(output: CellResult["output"]): { epochs: number; seconds: number } {
  const { training } = output.manifest as { training: { epochs: number; seconds: number } };
  return training;
}
