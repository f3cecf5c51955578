/** The section of docs/results.md about a table of RCE-KD: numbers from result files, beside the paper's. */
import { bootstrapMean, holm, pairedTTest } from "../src/evaluate/index.ts";
import { Random } from "../src/random.ts";
import {
  commandList,
  decimals,
  isMeasured,
  mean,
  percent,
  probability,
  spread,
  type Measured,
} from "./page-parts.ts";
import { codeAgain, tableOne } from "./rce-kd-paper.ts";
import { ndcgOf } from "./results.ts";
import type { CellResult, Recipe } from "./types.ts";

const labels = ["recall@10", "ndcg@10", "recall@20", "ndcg@20"] as const;
const head = [
  "| | seeds | R@10 | N@10 | R@20 | N@20 | N@10 against RCE-KD | epochs | s per epoch |",
  "|---|---|---|---|---|---|---|---|---|",
];

/** One model or method over its seeds. */
interface Row {
  readonly name: string; // "mf-mf/rce-kd"
  readonly cells: readonly Measured[];
  /** [N] NDCG@10 per user, mean over seeds. */
  readonly perUser: Float64Array;
}

type Results = ReadonlyMap<string, CellResult>;

/** Where the authors' code ships settings. */
export const rceKdSection = (recipe: Recipe, results: Results): string =>
  section(recipe, results, "settings as shipped with the authors' code");

/** Where it ships none. */
export const tunedSection = (recipe: Recipe, results: Results): string =>
  section(recipe, results, "each method's weight the best of three on validation items");

function section(recipe: Recipe, results: Results, chosen: string): string {
  const rows = rowsOf(results);
  const pairs = new Set(rows.map(({ name }) => name.split("/")[0]!).filter((name) => name.includes("-")));
  return [
    `## ${recipe.title}`,
    "",
    `Recipe \`${recipe.name}\`, protocol \`${recipe.protocol}\`: full ranking, ties by item id. One teacher, students per seed;`,
    `${chosen}, early stopping on validation NDCG@10, nothing tuned on test. Mean, and standard`,
    "deviation over seeds. Against RCE-KD: relative difference of NDCG@10, 95 % bootstrap interval over users, p of a paired",
    "t-test over users, Holm-corrected within a table. Seconds are those of training with validation; cells ran two at a time.",
    "_paper_ is the paper's Table 1 (5 seeds), _code_ the authors' code run again by others (one seed).",
    "",
    ...[...pairs].flatMap((pair) => [`### ${pair}`, "", ...pairTable(recipe, pair, rows), ""]),
    ...commandList(results),
  ].join("\n");
}

function rowsOf(results: ReadonlyMap<string, CellResult>): Row[] {
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

/** The teacher, then the student alone and taught, the best first. */
function pairTable(recipe: Recipe, pair: string, rows: readonly Row[]): string[] {
  const [teacher, student] = pair.split("-") as [string, string];
  const of = (name: string) => rows.filter((row) => row.name === name);
  const students = [...of(`alone/${student}`), ...rows.filter(({ name }) => name.startsWith(`${pair}/`))];
  const worth = ({ perUser }: Row) => mean(Array.from(perUser));
  students.sort((a, b) => worth(b) - worth(a));
  const [ours] = of(`${pair}/rce-kd`);
  const against = ours === undefined ? new Map<Row, string>() : differences(students, ours);
  const lines = [...of(`${teacher}/teacher`), ...students].flatMap((row) => [
    lineOf(row, against.get(row) ?? ""),
    ...printedLine("paper", tableOne[recipe.name]?.[row.name], 4),
    ...printedLine("code", codeAgain[recipe.name]?.[row.name], 5),
  ]);
  return [...head, ...lines];
}

function lineOf({ name, cells }: Row, against: string): string {
  const values = labels.map((label) => spread(cells.map(({ evaluation }) => evaluation.metrics[label]!)));
  const training = cells.map(({ output }) => trainingOf(output));
  const epochs = Math.round(mean(training.map((t) => t.epochs)));
  const seconds = mean(training.map((t) => t.seconds / t.epochs)).toFixed(2);
  return `| ${name} | ${cells.length} | ${values.join(" | ")} | ${against} | ${epochs} | ${seconds} |`;
}

function printedLine(source: string, values: readonly number[] | undefined, digits: number): string[] {
  if (values === undefined) return [];
  const printed = values.map((value) => decimals(value / 10 ** digits, digits));
  return [`| _${source}_ | | ${printed.join(" | ")} | | | |`];
}

const apart = (row: Row, other: Row) => row.perUser.map((x, u) => x - other.perUser[u]!);

function differences(students: readonly Row[], ours: Row): Map<Row, string> {
  const others = students.filter((row) => row !== ours);
  const corrected = holm(others.map((row) => pairedTTest(apart(row, ours)).p));
  return new Map(others.map((row, i) => [row, difference(row, ours, corrected[i]!)]));
}

function difference(row: Row, other: Row, p: number): string {
  const base = mean(Array.from(other.perUser));
  const interval = bootstrapMean(apart(row, other), { random: new Random("results page") });
  const of = (x: number) => percent(x / base);
  return `${of(interval.mean)} [${of(interval.low)}, ${of(interval.high)}], ${probability(p)}`;
}

/** Epochs and seconds of training, validation included. */
function trainingOf(output: CellResult["output"]): { epochs: number; seconds: number } {
  const { training } = output.manifest as { training: { epochs: number; seconds: number } };
  return training;
}
