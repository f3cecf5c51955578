/** The section of docs/results.md about BAHSD and its rivals: a table per teacher, student and share of owned users. */
import { holm, pairedTTest } from "../src/evaluate/index.ts";
import {
  commandList,
  decimals,
  isMeasured,
  mean,
  noteOf,
  otherTeachers,
  percent,
  probability,
  spread,
  type Measured,
} from "./page-parts.ts";
import { ndcgOf, tailOf } from "./results.ts";
import type { CellResult, Recipe } from "./types.ts";

type Results = ReadonlyMap<string, CellResult>;

/** A method of a table, or what it is held against, seed by seed. */
interface Row {
  readonly name: string;
  readonly method: string;
  /** By seed. */
  readonly cells: ReadonlyMap<number, Measured>;
}

const quintiles = ["q1", "q2", "q3", "q4", "q5"] as const;
const head = [
  "",
  "seeds",
  "answers",
  "NDCG@10",
  "HR@10",
  "head",
  "tail",
  ...quintiles,
  "Agr@1",
  "Agr@10",
  "RBO",
];

export function bahsdSection(recipe: Recipe, results: Results): string {
  return [
    `## ${recipe.title}`,
    "",
    `Recipe \`${recipe.name}\`, protocol \`${recipe.protocol}\`: last item of every user the test, full ranking, seen items`,
    "masked. Within a table the same answers, owned users, student, batches, at most 120 epochs, early stopping on the",
    "owner's validation items. `bahsd` is the default: lists count by how probably they are answers, as lists of the same history",
    "have it; it was chosen by how well made-up fallbacks are told apart in a probe, before a student had learned by it, and replaces an",
    "earlier share of agreement, whose rows are in the history. `bahsd-by-consistency` is the abstract's measure, by rank,",
    "none below a half, a floor that was chosen after test results of an earlier teacher of MovieLens-1M; to ask items alone, and",
    "what they count, on validation items of all users, which no owner has. NDCG@10 is a mean and a standard deviation over seeds;",
    "head, tail and",
    "q1 (the shortest histories) to q5 are NDCG@10 of groups of users. Agr@k is the share of the first k items that student",
    "and teacher both have, RBO rank-biased overlap (persistence .9, depth 20). Against another row: the relative difference",
    "of NDCG@10, in brackets that of tail users, over the seeds both have; p of paired t-tests over users (means over",
    "seeds) and over seeds, each Holm-corrected within its column. _Against the best other_: the row of the table that is not",
    "BAHSD's and has the best NDCG@10.",
    "",
    ...worthTable(recipe, results),
    ...tuningTable(results),
    ...tablesOf(recipe).flatMap(([table, names]) => tableSection(recipe, table, names, results)),
    ...commandList(results),
  ].join("\n");
}

/** Rows of the README's table: of which tables they are, and what they are called there. */
const ofMain: readonly (readonly [share: string, row: string, called: string])[] = [
  ["share-10-walks", "bahsd", "student, walks asked (`--rest walks`), BAHSD"],
  ["share-10-walks", "uniform-kl", "student, walks asked, every list counts the same"],
  ["share-10", "bahsd", "student, BAHSD"],
  ["share-10", "uniform-kl", "student, every list counts the same"],
  ["share-10-unsteady", "bahsd", "student, three answers in ten are bestsellers (`serve --fallback`), BAHSD"],
  ["share-10-unsteady", "uniform-kl", "student, the same answers, every list counts the same"],
  ["share-10-unsteady-walks", "bahsd", "student, walks asked, three answers in ten are bestsellers, BAHSD"],
  ["share-10-unsteady-walks", "uniform-kl", "student, the same answers, every list counts the same"],
  ["share-10", "none", "student without a teacher"],
];

/** The table of the README's first screen: a tenth of the users owned. */
export function bahsdSummary(recipe: Recipe, results: Results): string {
  const pair = "sasrec-same";
  const teacher = results.get("sasrec/teacher");
  const rows = ofMain.flatMap(([share, name, called]) => {
    const row = rowOf(`${pair}/${share}`, name, results);
    return row === null ? [] : [{ row, called }];
  });
  const asking = rows.find(({ row }) => !asksNothing(row));
  if (!isMeasured(teacher) || asking === undefined) return "";
  const line = (name: string, owned: string, cells: readonly Measured[]) => {
    const all = cells.map(({ evaluation }) => evaluation);
    const values = [
      all.map(({ metrics }) => metrics["ndcg@10"]!),
      all.map(({ metrics }) => metrics["hr@10"]!),
      all.map(({ groups }) => groups.tail!["ndcg@10"]!),
    ];
    return `| ${name} | ${cells.length} | ${owned} | ${values.map((of) => decimals(mean(of))).join(" | ")} |`;
  };
  return [
    `Amazon Beauty, SASRec teacher and students of the same size; the student's owner has a tenth of the users' histories and`,
    `${answersOf(asking.row)} answers (ids only) over HTTP. Full ranking of everybody's last item:`,
    "",
    "| | seeds | histories | NDCG@10 | HR@10 | NDCG@10, tail users |",
    "|---|---|---|---|---|---|",
    line("teacher", "all", [teacher]),
    ...rows.map(({ row, called }) => line(called, "a tenth", [...row.cells.values()])),
    "",
    `Made by \`npx potstill reproduce ${recipe.name} --only ${pair}/share-10/ --again --from Beauty.txt\`, walks by`,
    `\`--only ${pair}/share-10-walks/\`, bestsellers by \`--only ${pair}/share-10-unsteady\`.`,
    "",
  ].join("\n");
}

const ofTable = /^(?!tune\/)(.+\/share-[^/]+)\/(.+)\/seed-\d+$/;

/** Tables and the names of their rows, in the order of the recipe. */
function tablesOf(recipe: Recipe): [string, string[]][] {
  const tables = new Map<string, string[]>();
  for (const { id } of recipe.cells(1)) {
    const [, table, name] = ofTable.exec(id) ?? [];
    if (table !== undefined) tables.set(table, [...(tables.get(table) ?? []), name!]);
  }
  return [...tables];
}

const ofService =
  "Row `teacher`, and what agrees with it, is the model behind the service, trained again on the same data; the service answers as it does for seven histories in ten.";
const longerWait = "Row `list-rrd` stops after 40 validations without improvement, the others after 10.";

function tableSection(recipe: Recipe, table: string, names: readonly string[], results: Results): string[] {
  const rows = names.flatMap((name) => rowOf(table, name, results) ?? []);
  const teacher = results.get(`${table.split("-")[0]!}/teacher`);
  if (rows.length === 0 || !isMeasured(teacher)) return [];
  const others = rows.filter(({ method }) => method !== "bahsd").sort((a, b) => ndcg(b) - ndcg(a));
  const alone = aloneOf(table, results);
  const [best] = others;
  const columns = [
    { title: "against the teacher", cells: against(rows, () => teacher) },
    ...(alone ? [{ title: "against none", cells: against(rows, (seed) => alone.cells.get(seed)) }] : []),
    ...(best
      ? [
          {
            title: `against the best other: ${best.name}`,
            cells: against(rows, (seed) => best.cells.get(seed)),
          },
        ]
      : []),
  ];
  const lineOf = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const titles = [...head, ...columns.map(({ title }) => title)];
  return [
    `### ${titleOf(table)}`,
    "",
    ...noteOf(recipe, table),
    ...(table.includes("-unsteady") && rows.some(({ name }) => name === "list-rrd") ? [longerWait, ""] : []),
    ...(table.includes("-unsteady") ? [ofService, ""] : rows.flatMap((row) => otherListsOf(row, teacher))),
    lineOf(titles),
    `|${titles.map(() => "---|").join("")}`,
    lineOf(["teacher", "", "", ...measures([teacher]), ...columns.map(() => "")]),
    ...rows.map((row, r) => {
      const cells = [...row.cells.values()];
      const own = [row.name, String(cells.length), answersOf(row), ...measures(cells)];
      return lineOf([...own, ...columns.map((column) => column.cells[r]!)]);
    }),
    "",
  ];
}

/** A row whose lists are not the teacher's: those without answers have no use for them. */
function otherListsOf(row: Row, teacher: Measured): string[] {
  if (asksNothing(row)) return [];
  return otherTeachers([...row.cells.values()], teacher).flatMap((note) => [`\`${row.name}\`: ${note}`, ""]);
}

/** The student without answers owns the same users, whatever was asked. */
const aloneOf = (table: string, results: Results): Row | null =>
  rowOf(table.replace(/(share-\d+).*/, "$1"), "none", results);

/** What answers bring, and what BAHSD makes of the same answers. */
function worthTable(recipe: Recipe, results: Results): string[] {
  const lines = tablesOf(recipe).flatMap(([table]) => {
    const alone = aloneOf(table, results);
    const uniform = rowOf(table, "uniform-kl", results);
    const ours = rowOf(table, "bahsd", results);
    const ranks = rowOf(table, "bahsd-by-consistency", results);
    const some = ours ?? ranks;
    if (!alone || !uniform || !some) return [];
    const [answers] = against([uniform], (seed) => alone.cells.get(seed));
    const weights = [ours, ranks].map((row) =>
      row === null ? "" : against([row], (seed) => uniform.cells.get(seed))[0]!,
    );
    const numbers = [alone, uniform, ours, ranks].map((row) => (row === null ? "" : decimals(ndcg(row))));
    const cells = [titleOf(table), answersOf(some), ...numbers, answers!, ...weights];
    return [`| ${cells.join(" | ")} |`];
  });
  if (lines.length === 0) return [];
  return [
    "### When is BAHSD worth its probes?",
    "",
    "NDCG@10 without answers, with answers that all count the same (`uniform-kl`), with BAHSD's weights (`bahsd`), and with those by the",
    "rank of consistency (`bahsd-by-consistency`); then what answers bring over none, and what either weights bring over equal ones.",
    "Views are asked for the weights alone: where these bring nothing, spend their part of the budget on walks.",
    "",
    "| | answers | none | uniform-kl | bahsd | by consistency | answers over none | bahsd over equal weights | by consistency over equal weights |",
    "|---|---|---|---|---|---|---|---|---|",
    ...lines,
    "",
  ];
}

function titleOf(table: string): string {
  const [, models, share, kind] = /^(.+)\/share-(\d+)(-.+)?$/.exec(table)!;
  const more: Readonly<Record<string, string>> = {
    "-unlabelled": ", without labels",
    "-items": ", items alone asked in the place of prefixes",
    "-walks": ", walks asked in the place of views and prefixes",
    "-drop": ", views lack items at random",
    "-scores": ", scores beside ids",
    "-unsteady": ", three histories in ten answered with the most popular items",
    "-unsteady-walks": ", walks asked, three in ten answered with the most popular items",
    "-blind-unlabelled": ", no history asked that anybody has",
  };
  return `${models}, ${share} % of the users owned${kind === undefined ? "" : more[kind]!}`;
}

function rowOf(table: string, name: string, results: Results): Row | null {
  const cells = new Map<number, Measured>();
  for (const [id, cell] of results) {
    const start = `${table}/${name}/seed-`;
    if (id.startsWith(start) && isMeasured(cell)) cells.set(Number(id.slice(start.length)), cell);
  }
  const [first] = cells.values();
  return first === undefined ? null : { name, method: trainingOf(first).method!, cells };
}

const ndcg = ({ cells }: Row) =>
  mean(Array.from(cells.values(), ({ evaluation }) => evaluation.metrics["ndcg@10"]!));

/** From NDCG@10 to RBO. */
function measures(cells: readonly Measured[]): string[] {
  const all = cells.map(({ evaluation }) => evaluation);
  const metric = (key: string) => all.map(({ metrics }) => metrics[key]!);
  const group = (key: string) => decimals(mean(all.map(({ groups }) => groups[key]!["ndcg@10"]!)));
  const agreements = all.flatMap(({ agreement }) => agreement ?? []);
  const agreed = (["agr@1", "agr@10", "rbo"] as const).map((key) =>
    agreements.length === 0 ? "" : decimals(mean(agreements.map((agreement) => agreement[key])), 3),
  );
  const groups = ["head", "tail", ...quintiles].map(group);
  return [spread(metric("ndcg@10")), decimals(mean(metric("hr@10"))), ...groups, ...agreed];
}

const asksNothing = ({ method }: Row) => ["none", "augment", "cl4srec"].includes(method);

/** What the method learned from: those without a teacher had no use for answers. */
function answersOf(row: Row): string {
  if (asksNothing(row)) return "0";
  const [first] = row.cells.values();
  return trainingOf(first!).signals!.counts.paid.toLocaleString("en");
}

/** @returns per row, how it compares; "" for the other itself and where no seed is shared. */
function against(rows: readonly Row[], other: (seed: number) => Measured | undefined): string[] {
  const compared = rows.map((row) => differences(row, other));
  const corrected = (of: "users" | "seeds") => {
    const known = compared.flatMap((each, r) => (each?.[of] === undefined ? [] : [{ r, p: each[of] }]));
    const ps = holm(known.map(({ p }) => p));
    return new Map(known.map(({ r }, n) => [r, ps[n]!]));
  };
  const [users, seeds] = [corrected("users"), corrected("seeds")];
  return compared.map((each, r) => {
    if (each === null) return "";
    const overSeeds = seeds.has(r) ? `, seeds ${probability(seeds.get(r)!)}` : "";
    const sizes = `${percent(each.all)} (tail ${percent(each.tail)})`;
    return `${sizes}, users ${probability(users.get(r)!)}${overSeeds}`;
  });
}

interface Difference {
  /** Relative, of all and of tail users. */
  readonly all: number;
  readonly tail: number;
  /** p over users, and over seeds where there are two. */
  readonly users: number;
  readonly seeds?: number;
}

function differences({ cells }: Row, other: (seed: number) => Measured | undefined): Difference | null {
  const pairs = Array.from(cells, ([seed, cell]) => [cell, other(seed)] as const).filter(
    (pair): pair is [Measured, Measured] => pair[1] !== undefined && pair[0] !== pair[1],
  );
  if (pairs.length === 0) return null;
  const [mine, others] = [0, 1].map((side) => pairs.map((pair) => ndcgOf(pair[side]!.evaluation)));
  const [a, b] = [overSeeds(mine!), overSeeds(others!)];
  const tail = tailOf(pairs[0]![0].evaluation);
  const ofTail = (values: readonly number[]) => mean(values.filter((_, u) => tail[u]));
  const bySeed = pairs.map((pair) => {
    const [x, y] = pair.map(({ evaluation }) => evaluation.metrics["ndcg@10"]!) as [number, number];
    return x - y;
  });
  return {
    all: mean(a) / mean(b) - 1,
    tail: ofTail(a) / ofTail(b) - 1,
    users: pairedTTest(a.map((x, u) => x - b[u]!)).p,
    ...(bySeed.length > 1 && { seeds: pairedTTest(bySeed).p }),
  };
}

/** [N] mean per user. */
function overSeeds(columns: readonly Float32Array[]): number[] {
  const sum = new Float64Array(columns[0]!.length);
  for (const column of columns) column.forEach((value, u) => (sum[u]! += value));
  return Array.from(sum, (value) => value / columns.length);
}

/** What weights of the labels reach on the owner's validation items. */
function tuningTable(results: Results): string[] {
  const tried = [...results].flatMap(([id, { output }]) => {
    const [, row, weight] = /^tune\/(.+)\/labels-([^/]+)$/.exec(id) ?? [];
    return row === undefined
      ? []
      : [{ row, weight: weight!, value: trainingOf({ output }).validation!.value }];
  });
  if (tried.length === 0) return [];
  const weights = [...new Set(tried.map(({ weight }) => weight))].sort((a, b) => Number(a) - Number(b));
  const lines = [...new Set(tried.map(({ row }) => row))].map((row) => {
    const values = weights.map(
      (weight) => tried.find((each) => each.row === row && each.weight === weight)?.value,
    );
    return `| ${row} | ${values.map((value) => (value === undefined ? "" : decimals(value))).join(" | ")} |`;
  });
  return [
    "Tuning: NDCG@10 on the owner's validation items, one seed that no table has. What is not here has not been tuned: `bahsd`",
    "has the weight of `uniform-kl`, other rows the default of their file.",
    "",
    `| | ${weights.map((weight) => `labels=${weight}`).join(" | ")} |`,
    `|---|${weights.map(() => "---|").join("")}`,
    ...lines,
    "",
  ];
}

interface Training {
  readonly method?: string;
  readonly signals?: { readonly counts: { readonly paid: number } };
  readonly validation?: { readonly value: number };
}

const trainingOf = ({ output }: Pick<CellResult, "output">) =>
  (output.manifest as { training: Training }).training;
