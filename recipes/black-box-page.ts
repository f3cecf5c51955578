/** The section of docs/results.md about a black-box recipe: numbers from result files, nothing typed by hand. */
import { bootstrapMean, holm, pairedTTest } from "../src/evaluate/index.ts";
import { Random } from "../src/random.ts";
import {
  commandList,
  decimals as f4,
  isMeasured,
  noteOf,
  otherTeachers,
  percent,
  probability,
  type Measured,
} from "./page-parts.ts";
import { ndcgOf, secondsOf, tailOf } from "./results.ts";
import type { CellResult, Recipe } from "./types.ts";

/** A method's cells under one share of owned users, one per seed. */
interface Row {
  readonly method: string;
  readonly cells: readonly Measured[];
  /** [N] NDCG@10 per user, mean over seeds. */
  readonly perUser: Float64Array;
}

const random = () => new Random("results page");

export function blackBoxSection(recipe: Recipe, results: ReadonlyMap<string, CellResult>): string {
  const shares = [...new Set([...results.keys()].flatMap((id) => /^share-(\d+)\//.exec(id)?.[1] ?? []))];
  shares.sort((a, b) => Number(a) - Number(b));
  return [
    `## ${recipe.title}`,
    "",
    `Recipe \`${recipe.name}\`, protocol \`${recipe.protocol}\`: last item of every user the test, full ranking, seen items`,
    "masked, ties by item id, mean over all users. Intervals are 95 % bootstrap intervals over users. Per method and share",
    "the same signal, the same student (as large as the teacher), the same batches, optimiser and early stopping on the",
    "owner's validation items; nothing is tuned on test.",
    "",
    ...teacherTable(results),
    ...shares.flatMap((share) => shareSection(recipe, share, results)),
    ...commandList(results),
  ].join("\n");
}

const published: Readonly<Record<string, string>> = {
  teacher: "RecTools .1779 / .3058, SASRec+ .1821 / .3152",
  "teacher-bce": "NDCG@10 .108 to .134",
};

function teacherTable(results: ReadonlyMap<string, CellResult>): string[] {
  const lines = Object.entries(published).flatMap(([id, paper]) => {
    const cell = results.get(id);
    if (!isMeasured(cell)) return [];
    const { low, high } = bootstrapMean(ndcgOf(cell.evaluation), { random: random() });
    const { metrics } = cell.evaluation;
    const time = `${(secondsOf(cell) / 60).toFixed(1)} min, ${cell.peakMiB} MiB`;
    const [ndcg, hr] = [metrics["ndcg@10"]!, metrics["hr@10"]!];
    return [`| ${id} | ${f4(ndcg)} [${f4(low)}, ${f4(high)}] | ${f4(hr)} | ${paper} | ${time} |`];
  });
  return [
    "| SASRec | NDCG@10 | HR@10 | published | training time, peak memory |",
    "|---|---|---|---|---|",
    ...lines,
    "",
  ];
}

function shareSection(recipe: Recipe, share: string, results: ReadonlyMap<string, CellResult>): string[] {
  const rows = rowsOf(share, results);
  const alone = rows.find(({ method }) => method === "none");
  if (alone === undefined) return [];
  const tail = tailOf(alone.cells[0]!.evaluation);
  const uniform = rows.find(({ method }) => method === "uniform-kl");
  const versus = [alone, ...(uniform ? [uniform] : [])];
  const tests = rows.map((row) => versus.map((other) => (other === row ? null : pValue(row, other))));
  const flat = tests.flat().flatMap((p) => (p === null ? [] : [p]));
  const corrected = holm(flat);
  const counts = countsOf(share, results);
  let at = 0;
  const lines = rows.map((row, r) => {
    const against = versus.map((other, v) =>
      tests[r]![v] === null ? "" : difference(row, other, corrected[at++]!),
    );
    return `| ${row.method} | ${row.cells.length} | ${cells(row, tail).join(" | ")} | ${against.join(" | ")} |`;
  });
  return [
    `### ${share} % of the users owned`,
    "",
    [
      counts,
      ...otherTeachers(
        rows.flatMap((row) => row.cells),
        results.get("teacher")!,
      ),
    ].join("\n"),
    "",
    ...noteOf(recipe, `share-${share}`),
    `| method | seeds | NDCG@10 | HR@10 | head NDCG@10 | tail NDCG@10 | ${versus.map((o) => `against ${o.method}`).join(" | ")} |`,
    `|---|---|---|---|---|---|${versus.map(() => "---|").join("")}`,
    ...lines,
    "",
  ];
}

function rowsOf(share: string, results: ReadonlyMap<string, CellResult>): Row[] {
  const groups = new Map<string, Measured[]>();
  for (const [id, cell] of results) {
    const method = new RegExp(`^share-${share}/(.+)/seed-\\d+$`).exec(id)?.[1];
    if (method !== undefined && isMeasured(cell)) groups.set(method, [...(groups.get(method) ?? []), cell]);
  }
  return [...groups].map(([method, cells]) => {
    const columns = cells.map(({ evaluation }) => ndcgOf(evaluation));
    const perUser = Float64Array.from(
      columns[0]!,
      (_, u) => columns.reduce((s, c) => s + c[u]!, 0) / columns.length,
    );
    return { method, cells, perUser };
  });
}

function cells({ cells: of, perUser }: Row, tail: readonly boolean[]): string[] {
  const mean = (key: string) => of.reduce((s, { evaluation }) => s + evaluation.metrics[key]!, 0) / of.length;
  const interval = (values: Float64Array) => {
    const { mean: middle, low, high } = bootstrapMean(values, { random: random() });
    return `${f4(middle)} [${f4(low)}, ${f4(high)}]`;
  };
  const group = (wanted: boolean) => interval(perUser.filter((_, u) => tail[u] === wanted));
  return [interval(perUser), f4(mean("hr@10")), group(false), group(true)];
}

const pValue = (row: Row, other: Row) => pairedTTest(row.perUser.map((x, u) => x - other.perUser[u]!)).p;

function difference(row: Row, other: Row, p: number): string {
  const base = other.perUser.reduce((a, b) => a + b, 0) / other.perUser.length;
  const { mean, low, high } = bootstrapMean(
    row.perUser.map((x, u) => x - other.perUser[u]!),
    { random: random() },
  );
  return `${percent(mean / base)} [${percent(low / base)}, ${percent(high / base)}], ${probability(p)}`;
}

function countsOf(share: string, results: ReadonlyMap<string, CellResult>): string {
  const probe = results.get(`share-${share}/probe`);
  const counts = probe?.output.counts as { paid?: number } | undefined;
  if (probe === undefined || counts?.paid === undefined) return "";
  const paid = counts.paid.toLocaleString("en");
  return `${paid} answers paid over HTTP in ${probe.seconds.toFixed(0)} s, start of the server included. p is Holm-corrected within this table (paired t-test over users).`;
}
