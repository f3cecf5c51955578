/** The section of docs/results.md about a table of RCE-KD: numbers from result files, beside the paper's. */
import { bootstrapMean, holm, pairedTTest } from "../src/evaluate/index.ts";
import { Random } from "../src/random.ts";
import { commandList, isMeasured, type Measured } from "./page-parts.ts";
import { ndcgOf } from "./results.ts";
import type { CellResult, Recipe } from "./types.ts";

const labels = ["recall@10", "ndcg@10", "recall@20", "ndcg@20"] as const;

/** R@10, N@10, R@20, N@20 of Table 1, CiteULike. */
const paper: Readonly<Record<string, readonly string[]>> = {
  "mf/teacher": [".0283", ".0155", ".0442", ".0198"],
  "mf-mf/none": [".0177", ".0098", ".0284", ".0128"],
  "mf-mf/cd": [".0239", ".0131", ".0347", ".0158"],
  "mf-mf/rrd": [".0251", ".0135", ".0362", ".0169"],
  "mf-mf/dcd": [".0254", ".0136", ".0375", ".0173"],
  "mf-mf/rce-kd": [".0278", ".0152", ".0431", ".0194"],
};

interface Row {
  readonly name: string;
  readonly cells: readonly Measured[];
  /** [N] NDCG@10 per user, mean over seeds. */
  readonly perUser: Float64Array;
}

const f4 = (x: number) => x.toFixed(4).replace(/^0/, "");
const mean = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0) / xs.length;
const deviation = (xs: readonly number[]) =>
  Math.sqrt(xs.reduce((s, x) => s + (x - mean(xs)) ** 2, 0) / Math.max(1, xs.length - 1));

export function rceKdSection(recipe: Recipe, results: ReadonlyMap<string, CellResult>): string {
  const rows = rowsOf(results);
  const ours = rows.find(({ name }) => name === "mf-mf/rce-kd");
  return [
    `## ${recipe.title}`,
    "",
    `Recipe \`${recipe.name}\`, protocol \`${recipe.protocol}\`: 8:1:1 per user in stored order, full ranking, only training items`,
    "masked, ties by item id, mean over all users. Students of width 20, teacher of width 400; one teacher, students per seed;",
    "settings as shipped with the authors' code, early stopping on validation NDCG@10, nothing tuned on test. Mean, and standard",
    "deviation over seeds. Against RCE-KD: relative difference of NDCG@10, 95 % bootstrap interval over users, p of a paired",
    "t-test over users, Holm-corrected. The paper's numbers, where it has them, stand below ours.",
    "",
    "| | seeds | R@10 | N@10 | R@20 | N@20 | N@10 against RCE-KD | epochs | s per epoch |",
    "|---|---|---|---|---|---|---|---|---|",
    ...linesOf(rows, ours),
    "",
    ...commandList(results),
  ].join("\n");
}

function rowsOf(results: ReadonlyMap<string, CellResult>): Row[] {
  const groups = new Map<string, Measured[]>();
  for (const [id, cell] of results) {
    const name = id.replace(/\/seed-\d+$/, "");
    if (isMeasured(cell)) groups.set(name, [...(groups.get(name) ?? []), cell]);
  }
  const rows = [...groups].map(([name, cells]): Row => {
    const columns = cells.map(({ evaluation }) => ndcgOf(evaluation));
    const perUser = Float64Array.from(columns[0]!, (_, u) => mean(columns.map((c) => c[u]!)));
    return { name, cells, perUser };
  });
  const rank = ({ name, perUser }: Row) => (name.endsWith("teacher") ? 2 : mean(Array.from(perUser)));
  return rows.sort((a, b) => rank(b) - rank(a));
}

function linesOf(rows: readonly Row[], ours: Row | undefined): string[] {
  const others = rows.filter((row) => row !== ours && row.name.startsWith("mf-mf/"));
  const tests = ours === undefined ? [] : others.map((row) => pairedTTest(apart(row, ours)).p);
  const corrected = holm(tests);
  return rows.flatMap((row) => {
    const at = others.indexOf(row);
    const against = ours === undefined || at < 0 ? "" : difference(row, ours, corrected[at]!);
    const values = labels.map((label) =>
      spread(row.cells.map(({ evaluation }) => evaluation.metrics[label]!)),
    );
    const training = row.cells.map(({ output }) => trainingOf(output));
    const epochs = Math.round(mean(training.map((t) => t.epochs)));
    const seconds = mean(training.map((t) => t.seconds / t.epochs)).toFixed(2);
    const line = `| ${row.name} | ${row.cells.length} | ${values.join(" | ")} | ${against} | ${epochs} | ${seconds} |`;
    const printed = paper[row.name];
    return printed === undefined ? [line] : [line, `| _paper_ | 5 | ${printed.join(" | ")} | | | |`];
  });
}

const spread = (xs: readonly number[]) =>
  xs.length === 1 ? f4(xs[0]!) : `${f4(mean(xs))} ± ${f4(deviation(xs))}`;

const apart = (row: Row, other: Row) => row.perUser.map((x, u) => x - other.perUser[u]!);

function difference(row: Row, other: Row, p: number): string {
  const base = mean(Array.from(other.perUser));
  const interval = bootstrapMean(apart(row, other), { random: new Random("results page") });
  const percent = (x: number) => `${x >= 0 ? "+" : ""}${((100 * x) / base).toFixed(1)} %`;
  const size = p < 0.001 ? "p < .001" : `p = ${f4(p)}`;
  return `${percent(interval.mean)} [${percent(interval.low)}, ${percent(interval.high)}], ${size}`;
}

/** Epochs and seconds of training, validation included. */
function trainingOf(output: CellResult["output"]): { epochs: number; seconds: number } {
  const { training } = output.manifest as { training: { epochs: number; seconds: number } };
  return training;
}
