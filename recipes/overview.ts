/** The first table of the results page: teacher, student alone, the recipe's method and its best rival, for all that has run. */
import { decimals, percent } from "./page-parts.ts";
import { bestFirst, ndcgOfRow, rowsOf, type Row } from "./page-rows.ts";
import type { CellResult, Recipe } from "./types.ts";

type Results = ReadonlyMap<string, CellResult>;

/** What recipes are about; one whose name begins with none is about BAHSD. */
const methods = ["bahsd", "rce-kd", "hetcomp"];
const methodOf = (recipe: string) => methods.find((method) => recipe.startsWith(method)) ?? "bahsd";

/** @param all recipes with what they have of results */
export function overview(all: readonly (readonly [Recipe, Results])[]): string[] {
  return [
    "## In short",
    "",
    "NDCG@10 of the teacher (an ensemble where there are several), of the student alone, of the student by the method that the recipe is",
    "about, where it has run, by the best of its variants (`method-...`), and by the best method that is neither; (n) where there are n seeds. How sure a",
    "difference is stands in the tables below, by the same names.",
    "",
    "| recipe | table | teacher | alone | method | its best variant | best rival | method against rival |",
    "|---|---|---|---|---|---|---|---|",
    ...all.flatMap(([recipe, results]) => linesOf(recipe, results)),
    "",
  ];
}

function linesOf({ name: recipe, notes }: Recipe, results: Results): string[] {
  const rows = rowsOf(results);
  const method = methodOf(recipe);
  const isVariant = (row: Row) => split(row)[1].startsWith(`${method}-`);
  const ofMethod = rows.filter((row) => split(row)[1] === method || isVariant(row));
  return [...new Set(ofMethod.map((row) => split(row)[0]))].map((table) => {
    const others = rows.filter((row) => split(row)[0] === table && split(row)[1] !== "none");
    const own = others.find((row) => split(row)[1] === method);
    const [variant] = bestFirst(others.filter(isVariant));
    const [rival] = bestFirst(others.filter((row) => row !== own && !isVariant(row)));
    const { teacher, alone } = besides(table, rows, results);
    const where = `${table}${notes?.[table] === undefined ? "" : ", see its note"}`;
    const values = [teacher === undefined ? "" : decimals(teacher), ...[alone, own].map(shown)];
    const against =
      rival === undefined || own === undefined ? "" : percent(ndcgOfRow(own) / ndcgOfRow(rival) - 1);
    return `| \`${recipe}\` | ${where} | ${[...values, ...[variant, rival].map(named)].join(" | ")} | ${against} |`;
  });
}

/** "sasrec-same/share-10/bahsd" is a table and a method. */
function split({ name }: Row): [table: string, method: string] {
  const at = name.lastIndexOf("/");
  return [name.slice(0, Math.max(0, at)), name.slice(at + 1)];
}

/** What a table is held against: its teacher's NDCG@10, and the student without one, wherever that is kept. */
function besides(table: string, rows: readonly Row[], results: Results) {
  const of = (name: string) => rows.find((row) => row.name === name);
  const alone = of(`alone/${table.split("-").at(-1)!}`) ?? of(`${table.replace(/(share-\d+).*/, "$1")}/none`);
  const single = of(`${table.split("-")[0]!}/teacher`) ?? of("teacher");
  const teacher = single === undefined ? ensembleOf(results) : ndcgOfRow(single);
  return { teacher, alone };
}

function ensembleOf(results: Results): number | undefined {
  const measured = results.get("ensemble")?.output.rows as
    readonly { teacher: string | null; metrics: Readonly<Record<string, number>> }[] | undefined;
  return measured?.find(({ teacher }) => teacher === null)?.metrics["ndcg@10"];
}

const shown = (row: Row | undefined): string =>
  row === undefined
    ? ""
    : `${decimals(ndcgOfRow(row))}${row.cells.length > 1 ? ` (${row.cells.length})` : ""}`;

const named = (row: Row | undefined): string => (row === undefined ? "" : `${split(row)[1]} ${shown(row)}`);
