/** The section of docs/results.md about HetComp: teachers, their ensemble, students taught by it. */
import { protocolNamed } from "../src/evaluate/index.ts";
import { commandList, decimals, mean, spread } from "./page-parts.ts";
import {
  bestFirst,
  differences,
  lineOf,
  parametersOf,
  rowsOf,
  summaryLine,
  summaryLines,
  type Row,
} from "./page-rows.ts";
import { secondsOf } from "./results.ts";
import type { CellResult, Recipe } from "./types.ts";

type Results = ReadonlyMap<string, CellResult>;

/** The metrics of a table: of lists of the protocol's last two lengths. */
const labelsOf = ({ protocol }: Recipe): string[] =>
  protocolNamed(protocol)
    .cutoffs.slice(-2)
    .flatMap((k) => [`recall@${k}`, `ndcg@${k}`]);

/** "recall@10" is R@10 in a heading. */
const columnsOf = (labels: readonly string[]) =>
  labels.map((label) => `${label[0]!.toUpperCase()}@${label.split("@")[1]!}`).join(" | ");

export function hetcompSection(recipe: Recipe, results: Results): string {
  const rows = rowsOf(results);
  const labels = labelsOf(recipe);
  const students = rows
    .map(({ name }) => name.split("/"))
    .filter(([of, row]) => of !== "alone" && row !== "teacher");
  return [
    `## ${recipe.title}`,
    "",
    `Recipe \`${recipe.name}\`, protocol \`${recipe.protocol}\`: full ranking, training and validation items masked, ties by item id, mean`,
    "over users with a test item. One teacher of each kind, students per seed; early stopping on validation items, nothing",
    "tuned on test. Mean, and standard deviation over seeds. Against HetComp: relative difference of NDCG@10, 95 % bootstrap",
    "interval over users, p of a paired t-test over users, Holm-corrected within a table.",
    "",
    ...teacherTable(rows, labels, results.get("ensemble")),
    ...[...new Set(students.map(([of]) => of!))].flatMap((student) => studentTable(student, rows, labels)),
    ...generalisationTable(rows, labels.at(-2)!),
    ...commandList(results),
  ].join("\n");
}

/** Rows of the README's table, what they are called there. */
const summarised = {
  "mf20/hetcomp-rce-kd-100": "student of width 20, RCE-KD on HetComp's curriculum",
  "mf20/hetcomp": "student of width 20, HetComp",
  "mf6/hetcomp-rce-kd-100": "student of width 6, RCE-KD on HetComp's curriculum",
  "mf6/hetcomp": "student of width 6, HetComp",
  "alone/mf6": "student of width 6, without teachers",
};

/** The README's table: what is left of an ensemble in one student. */
export function hetcompSummary(recipe: Recipe, results: Results): string {
  const rows = rowsOf(results);
  const teachers = rows.filter(({ name }) => name.endsWith("/teacher"));
  const whole = teachers.reduce((sum, { cells }) => sum + parametersOf(cells[0]!), 0);
  const { metrics } = measuredOf(results.get("ensemble")!).find(({ teacher }) => teacher === null)!;
  const labels = ["ndcg@10", "recall@50"];
  return [
    "CiteULike, six unlike teachers made one matrix factorisation. Full ranking of everybody's test items:",
    "",
    "| | seeds | parameters | NDCG@10 | Recall@50 |",
    "|---|---|---|---|---|",
    summaryLine(
      "ensemble of six",
      "",
      whole,
      labels.map((label) => metrics[label]!),
    ),
    ...summaryLines(rows, summarised, labels),
    "",
    `Made by \`npx potstill reproduce ${recipe.name} --again --from users.dat\`.`,
    "",
  ].join("\n");
}

function teacherTable(rows: readonly Row[], labels: readonly string[], ensemble?: CellResult): string[] {
  const teachers = rows.filter(({ name }) => name.endsWith("/teacher"));
  return [
    "### Teachers",
    "",
    `| | seeds | ${columnsOf(labels)} | | epochs | s per epoch |`,
    "|---|---|---|---|---|---|---|---|---|",
    ...bestFirst(teachers).map((row) => lineOf(row, labels, "")),
    ...(ensemble === undefined ? [] : ensembleLines(ensemble, labels)),
    "",
    `Their training took ${minutesOf(teachers)} minutes together, validation and the states included.`,
    "",
  ];
}

const minutesOf = (rows: readonly Row[]) =>
  Math.round(rows.flatMap(({ cells }) => cells).reduce((sum, cell) => sum + secondsOf(cell), 0) / 60);

interface MeasuredSystem {
  readonly system: string;
  readonly teacher: string | null;
  readonly metrics: Readonly<Record<string, number>>;
}
const measuredOf = ({ output }: CellResult) => output.rows as readonly MeasuredSystem[];

/** The ensemble, and what it is without each teacher. */
function ensembleLines(ensemble: CellResult, labels: readonly string[]): string[] {
  return measuredOf(ensemble)
    .filter(({ system }) => system !== "alone")
    .map(({ system, teacher, metrics }) => {
      const values = labels.map((label) => decimals(metrics[label]!));
      return `| ${system} ${teacher ?? "of all"} | | ${values.join(" | ")} | | | |`;
    });
}

function studentTable(student: string, rows: readonly Row[], labels: readonly string[]): string[] {
  const of = (name: string) => rows.filter((row) => row.name === name);
  const taught = rows.filter(({ name }) => name.startsWith(`${student}/`));
  const students = bestFirst([...of(`alone/${student}`), ...taught]);
  const [ours] = of(`${student}/hetcomp`);
  const against = ours === undefined ? new Map<Row, string>() : differences(students, ours);
  return [
    `### Student ${student}`,
    "",
    `| | seeds | ${columnsOf(labels)} | N@10 against HetComp | epochs | s per epoch |`,
    "|---|---|---|---|---|---|---|---|---|",
    ...students.map((row) => lineOf(row, labels, against.get(row) ?? "")),
    "",
  ];
}

/** Of rows whose training items were ranked, too, nothing masked. */
function generalisationTable(rows: readonly Row[], label: string): string[] {
  const ranked = bestFirst(rows).flatMap(({ name, cells }) => {
    const both = cells.map(({ evaluation: { learnt, metrics } }) => [learnt?.[label], metrics[label]]);
    const learnt = both.flatMap(([of]) => of ?? []);
    if (learnt.length < both.length) return [];
    const unseen = both.map(([, of]) => of!);
    const kept = decimals(mean(unseen) / mean(learnt), 2);
    const parameters = parametersOf(cells[0]!).toLocaleString("en");
    return [`| ${name} | ${parameters} | ${spread(learnt)} | ${spread(unseen)} | ${kept} |`];
  });
  if (ranked.length === 0) return [];
  const column = columnsOf([label]);
  return [
    "### From training items to test items",
    "",
    `| | parameters | ${column}, training items | ${column}, test items | test / training |`,
    "|---|---|---|---|---|",
    ...ranked,
    "",
  ];
}
