/** The section of docs/results.md about HetComp: teachers, their ensemble, students taught by it. */
import { commandList, decimals } from "./page-parts.ts";
import { bestFirst, differences, lineOf, rowsOf, type Row } from "./page-rows.ts";
import type { CellResult, Recipe } from "./types.ts";

const labels = ["recall@10", "ndcg@10", "recall@50", "ndcg@50"] as const;
const columns = "R@10 | N@10 | R@50 | N@50";

type Results = ReadonlyMap<string, CellResult>;

export function hetcompSection(recipe: Recipe, results: Results): string {
  const rows = rowsOf(results);
  const sizes = new Set(rows.map(({ name }) => name.split("/")[0]!).filter((name) => /^mf\d/.test(name)));
  return [
    `## ${recipe.title}`,
    "",
    `Recipe \`${recipe.name}\`, protocol \`${recipe.protocol}\`: full ranking, training and validation items masked, ties by item id, mean`,
    "over users with a test item. One teacher of each kind, students per seed; early stopping on validation Recall@50, nothing",
    "tuned on test. Mean, and standard deviation over seeds. Against HetComp: relative difference of NDCG@10, 95 % bootstrap",
    "interval over users, p of a paired t-test over users, Holm-corrected within a table.",
    "",
    ...teacherTable(rows, results.get("ensemble")),
    ...[...sizes].flatMap((size) => studentTable(size, rows)),
    ...commandList(results),
  ].join("\n");
}

function teacherTable(rows: readonly Row[], ensemble: CellResult | undefined): string[] {
  const teachers = rows.filter(({ name }) => name.endsWith("/teacher"));
  return [
    "### Teachers",
    "",
    `| | seeds | ${columns} | | epochs | s per epoch |`,
    "|---|---|---|---|---|---|---|---|---|",
    ...bestFirst(teachers).map((row) => lineOf(row, labels, "")),
    ...(ensemble === undefined ? [] : ensembleLines(ensemble)),
    "",
  ];
}

/** The ensemble, and what it is without each teacher. */
function ensembleLines({ output }: CellResult): string[] {
  const measured = output.rows as readonly {
    readonly system: string;
    readonly teacher: string | null;
    readonly metrics: Readonly<Record<string, number>>;
  }[];
  return measured
    .filter(({ system }) => system !== "alone")
    .map(({ system, teacher, metrics }) => {
      const values = labels.map((label) => decimals(metrics[label]!));
      return `| ${system} ${teacher ?? "of all"} | | ${values.join(" | ")} | | | |`;
    });
}

function studentTable(size: string, rows: readonly Row[]): string[] {
  const of = (name: string) => rows.filter((row) => row.name === name);
  const taught = rows.filter(({ name }) => name.startsWith(`${size}/`));
  const students = bestFirst([...of(`alone/${size}`), ...taught]);
  const [ours] = of(`${size}/hetcomp`);
  const against = ours === undefined ? new Map<Row, string>() : differences(students, ours);
  return [
    `### Students of width ${size.slice(2)}`,
    "",
    `| | seeds | ${columns} | N@10 against HetComp | epochs | s per epoch |`,
    "|---|---|---|---|---|---|---|---|---|",
    ...students.map((row) => lineOf(row, labels, against.get(row) ?? "")),
    "",
  ];
}
