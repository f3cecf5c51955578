import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import Table from "cli-table3";
import { closest } from "fastest-levenshtein";
import * as z from "zod";
import { recipes, type Cell, type CellResult, type Recipe } from "../../recipes/index.ts";
import { readResults } from "../../recipes/results.ts";
import { complain } from "../../src/errors.ts";
import { readOptions } from "../frame/options.ts";
import type { CommandFile, Io, Output } from "../frame/types.ts";
import { compared, comparedText } from "../steps/reproduce/compare.ts";
import { minutesOf } from "../steps/reproduce/minutes.ts";
import { potstill, resultPath, runCell, type Place } from "../steps/reproduce/run-cell.ts";

const whole = "expected a whole number of at least 1";
const named = "expected a name";
const schema = z.object({
  list: z.boolean().default(false),
  only: z.string().trim().min(1, named).optional(),
  seeds: z.coerce.number(whole).int(whole).min(1, whole).default(3),
  dryRun: z.boolean().default(false),
  again: z.boolean().default(false),
  from: z.string().trim().min(1, named).optional(),
  work: z.string().trim().min(1, named).default("runs"),
  results: z.string().trim().min(1, named).default("results"),
});

type Flags = z.output<typeof schema>;

export const command: CommandFile = {
  summary: "re-run a published table, cell by cell",
  examples: [
    "potstill reproduce --list",
    "potstill reproduce black-box-ml-1m --dry-run",
    "potstill reproduce black-box-ml-1m --from ../shared/data/ml-1m/ml-1m.txt",
    "potstill reproduce black-box-ml-1m --only share-10/bahsd --from ../shared/data/ml-1m/ml-1m.txt",
    "potstill reproduce rce-kd-citeulike --only mf-mf/rce-kd --seeds 1 --again --from ../shared/data/citeulike/users.dat",
  ],
  define(command) {
    command
      .argument("[recipe]", "a recipe by name")
      .option("--list", "name the recipes")
      .option(
        "--only <text>",
        "only the cell of this name, or cells with a part that starts so; and what they need",
      )
      .option("--seeds <n>", "seeds per method (default: 3)")
      .option("--dry-run", "say which cells are to run and how long they take")
      .option("--again", "run the cells that have a result again and compare: the result is kept as it is")
      .option("--from <file>", "the dataset's file, or a folder that holds it")
      .option("--work <folder>", "where data, bundles and signals go (default: runs)")
      .option(
        "--results <folder>",
        "where result files go; cells that have one are skipped (default: results)",
      );
  },
  async run([name], options, io) {
    const flags = readOptions(schema, options);
    if (flags.list || name === undefined) return listing();
    const recipe = recipeNamed(name);
    const place = placeOf(recipe, flags.work, flags.results);
    if (flags.again) return await again(recipe, flags, place, io);
    const todo = wanted(recipe, flags, place, () => true);
    if (flags.dryRun) return plan(recipe, todo, flags);
    await run(recipe, todo, flags.from, place, io);
    return {
      json: { recipe: name, ran: todo.map(({ id }) => id) },
      text: todo.length > 0 ? `${todo.length} cells run, results in ${flags.results}` : nothing,
    };
  },
};

const nothing = "0 cells run: every one has a result. --again runs them again and compares.";

const placeOf = (recipe: Recipe, work: string, results: string): Place => ({
  work: join(resolve(work), recipe.name),
  results: resolve(results),
});

async function run(
  recipe: Recipe,
  todo: readonly Cell[],
  from: string | undefined,
  place: Place,
  io: Io,
): Promise<void> {
  if (todo.length > 0) await importData(recipe, from, place, io);
  for (const cell of todo) {
    io.note(`\n${recipe.name} ${cell.id}`);
    await runCell(recipe, cell, place, io);
  }
}

/** Runs cells that have a result in a place of their own, and holds each against it. */
async function again(recipe: Recipe, flags: Flags, committed: Place, io: Io): Promise<Output> {
  const work = join(flags.work, "again");
  const place = placeOf(recipe, work, join(work, "results"));
  const todo = wanted(recipe, flags, place, ({ id }) => existsSync(resultPath(committed, recipe, id)));
  if (flags.dryRun) return plan(recipe, todo, flags);
  await run(recipe, todo, flags.from, place, io);
  const lines = recipe.cells(flags.seeds).flatMap(({ id }) => {
    const [now, before] = [place, committed].map((at) => resultAt(resultPath(at, recipe, id)));
    return (now && before && compared(now, before)) ?? [];
  });
  const outside = lines.filter(({ within }) => !within);
  return {
    json: { recipe: recipe.name, ran: todo.map(({ id }) => id), compared: lines },
    text: [
      ...lines.map(comparedText),
      `${lines.length} results compared, ${outside.length} outside their interval`,
    ].join("\n"),
    ...(outside.length > 0 && { exitCode: 1 }),
  };
}

const resultAt = (path: string): CellResult | null =>
  existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as CellResult) : null;

function listing(): Output {
  const all = Object.values(recipes);
  const text = all.map((recipe) => `${recipe.name}  ${recipe.title}`).join("\n");
  return { json: { recipes: all.map((recipe) => ({ name: recipe.name, title: recipe.title })) }, text };
}

function recipeNamed(name: string): Recipe {
  const recipe = Object.hasOwn(recipes, name) ? recipes[name] : undefined;
  if (recipe !== undefined) return recipe;
  const names = Object.keys(recipes);
  const family = names.filter((each) => each.startsWith(name)); // "bahsd": on which data?
  const near = family.length > 0 ? family : [closest(name, names)];
  throw complain("usage", {
    where: "recipe",
    expected: `one of ${names.join(", ")}`,
    got: JSON.stringify(name),
    fix: `Write ${near.map((each) => JSON.stringify(each)).join(" or ")}`,
  });
}

/** Those of the cells without a result that `counts` lets through, and those they need whose artefacts are gone; needed cells first. */
function wanted(
  recipe: Recipe,
  { only, seeds }: Flags,
  place: Place,
  counts: (cell: Cell) => boolean,
): Cell[] {
  const cells = recipe.cells(seeds);
  const todo = new Set<Cell>();
  const require = (cell: Cell, missing: boolean) => {
    if (!missing || todo.has(cell)) return;
    for (const id of cell.needs) {
      const needed = cells.find((other) => other.id === id)!;
      require(needed, !existsSync(join(place.work, needed.leaves)));
    }
    todo.add(cell);
  };
  for (const cell of chosenOf(cells, only).filter(counts))
    require(cell, !existsSync(resultPath(place, recipe, cell.id)));
  return [...todo];
}

/** "mf/teacher" is that cell, not neumf/teacher; where it names none, "mf" is mf6/hetcomp/seed-0 and alone/mf6/seed-0, too. */
function chosenOf(cells: readonly Cell[], only: string | undefined): readonly Cell[] {
  if (only === undefined) return cells;
  const exact = cells.filter(({ id }) => id === only);
  const chosen = exact.length > 0 ? exact : cells.filter(({ id }) => `/${id}`.includes(`/${only}`));
  if (chosen.length > 0) return chosen;
  const near = closest(
    only,
    cells.map(({ id }) => id),
  );
  throw complain("usage", {
    where: "--only",
    expected: "a cell, or how a part of its name starts",
    got: JSON.stringify(only),
    fix: `Write "${near}", or see all cells with --dry-run`,
  });
}

function plan(recipe: Recipe, todo: readonly Cell[], { results }: Flags): Output {
  const known = readResults(resolve(results), recipe.name);
  const cells = todo.map((cell) => ({ id: cell.id, minutes: minutesOf(cell, known) }));
  const minutes = cells.reduce((sum, cell) => sum + cell.minutes, 0);
  const table = new Table({ head: ["cell", "minutes"], style: { head: [], border: [] } });
  for (const { id, minutes: m } of cells) table.push([id, m]);
  return {
    json: { recipe: recipe.name, cells, minutes },
    text: `${table.toString()}\n${todo.length} cells, about ${minutes} minutes: as they or their like took, else as estimated for two quiet cores`,
  };
}

/** Imports the dataset once, after checking that the files are those the numbers are about. */
async function importData(recipe: Recipe, from: string | undefined, place: Place, io: Io): Promise<void> {
  const { file, sha256, beside = {}, import: argv } = recipe.source;
  await mkdir(place.work, { recursive: true });
  if (existsSync(join(place.work, argv.at(-1)!))) return;
  const given = from === undefined ? "" : within(resolve(from), file);
  await mustBe(given, sha256, file);
  for (const [name, hash] of Object.entries(beside)) await mustBe(join(dirname(given), name), hash, name);
  const word = (text: string) => text.replace("{from}", given).replace("{beside}", dirname(given));
  await potstill(argv.map(word), place, io);
}

/** @returns the path itself, or in a folder that of the file there, wherever in it that should be. */
function within(path: string, file: string): string {
  if (!existsSync(path) || !statSync(path).isDirectory()) return path;
  return [join(path, file), join(path, basename(file))].find(existsSync) ?? join(path, file);
}

/** @throws UserError unless the file at `path` has this hash; "" stands for no --from. */
async function mustBe(path: string, sha256: string, name: string): Promise<void> {
  const found = path === "" ? "no --from" : existsSync(path) ? await hashOf(path) : `no file ${path}`;
  if (found === sha256) return;
  throw complain("usage", {
    where: "--from",
    expected: `the path of ${name} (SHA-256 ${sha256})`,
    got: found,
    fix: "Give the file the results are about",
  });
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
