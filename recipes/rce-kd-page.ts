/** The section of docs/results.md about a table of RCE-KD: numbers from result files, beside the paper's. */
import { commandList, decimals, noteOf } from "./page-parts.ts";
import { bestFirst, differences, lineOf, rowsOf, summaryLines, type Row } from "./page-rows.ts";
import { codeAgain, tableOne } from "./rce-kd-paper.ts";
import type { CellResult, Recipe } from "./types.ts";

const labels = ["recall@10", "ndcg@10", "recall@20", "ndcg@20"] as const;
const head = [
  "| | seeds | R@10 | N@10 | R@20 | N@20 | N@10 against RCE-KD | epochs | s per epoch |",
  "|---|---|---|---|---|---|---|---|---|",
];

type Results = ReadonlyMap<string, CellResult>;

/** Where the authors' code ships settings. */
export const rceKdSection = (recipe: Recipe, results: Results): string =>
  section(recipe, results, "settings as shipped with the authors' code, where it ships some, else RCE-KD's");

/** Where it ships none. */
export const tunedSection = (recipe: Recipe, results: Results): string =>
  section(
    recipe,
    results,
    "each method's weight the best of three on validation items, where these have run",
  );

function section(recipe: Recipe, results: Results, chosen: string): string {
  const rows = rowsOf(results);
  const pairs = new Set(rows.map(({ name }) => name.split("/")[0]!).filter((name) => name.includes("-")));
  return [
    `## ${recipe.title}`,
    "",
    `Recipe \`${recipe.name}\`, protocol \`${recipe.protocol}\`: full ranking, ties by item id. One teacher, students per seed;`,
    `${chosen}. Early stopping on`,
    "validation NDCG@10, nothing tuned on test. Mean, and standard deviation over seeds. Against RCE-KD: relative difference of",
    "NDCG@10, 95 % bootstrap interval over users, p of a paired t-test over users, Holm-corrected within a table.",
    "Seconds are those of training with validation; cells ran two at a time.",
    "_paper_ is the paper's Table 1 (5 seeds), _code_ the authors' code run again by others (one seed).",
    "",
    ...[...pairs].flatMap((pair) => [
      `### ${pair}`,
      "",
      ...noteOf(recipe, pair),
      ...pairTable(recipe, pair, rows),
      "",
    ]),
    ...commandList(results),
  ].join("\n");
}

/** Rows of the README's table, what they are called there. */
const summarised = {
  "mf/teacher": "teacher of width 400",
  "mf-mf/rce-kd": "student of width 20, RCE-KD",
  "mf-mf/rrd": "student of width 20, RRD",
  "alone/mf": "student of width 20, without a teacher",
};

/** The README's table: what is left of a large model in a small one. */
export const rceKdSummary = (recipe: Recipe, results: Results): string =>
  [
    "CiteULike in the split of RCE-KD, one large matrix factorisation made a small one. Full ranking of everybody's test items, most of",
    "which nobody has trained on:",
    "",
    "| | seeds | parameters | NDCG@10 | Recall@10 |",
    "|---|---|---|---|---|",
    ...summaryLines(rowsOf(results), summarised, ["ndcg@10", "recall@10"]),
    "",
    `Made by \`npx potstill reproduce ${recipe.name} --only mf-mf --again --from users.dat\`.`,
    "",
  ].join("\n");

/** The teacher, then the student alone and taught, the best first. */
function pairTable(recipe: Recipe, pair: string, rows: readonly Row[]): string[] {
  const [teacher, student] = pair.split("-") as [string, string];
  const of = (name: string) => rows.filter((row) => row.name === name);
  const taught = rows.filter(({ name }) => name.startsWith(`${pair}/`));
  const students = bestFirst([...of(`alone/${student}`), ...taught]);
  const [ours] = of(`${pair}/rce-kd`);
  const against = ours === undefined ? new Map<Row, string>() : differences(students, ours);
  const lines = [...of(`${teacher}/teacher`), ...students].flatMap((row) => [
    lineOf(row, labels, against.get(row) ?? ""),
    ...printedLine("paper", tableOne[recipe.name]?.[printedName(row)], 4),
    ...printedLine("code", codeAgain[recipe.name]?.[printedName(row)], 5),
  ]);
  return [...head, ...lines];
}

/** Rows that differ in how many negatives a loss shares have one printed row. */
const printedName = ({ name }: Row) => name.replaceAll(/hstu(4k|16|1)/g, "hstu");

function printedLine(source: string, values: readonly number[] | undefined, digits: number): string[] {
  if (values === undefined) return [];
  const printed = values.map((value) => decimals(value / 10 ** digits, digits));
  return [`| _${source}_ | | ${printed.join(" | ")} | | | |`];
}
