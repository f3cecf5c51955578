import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import Table from "cli-table3";
import { closest } from "fastest-levenshtein";
import * as z from "zod";
import { recipes, type Cell, type Recipe } from "../../recipes/index.ts";
import { complain } from "../../src/errors.ts";
import { readOptions } from "../frame/options.ts";
import type { CommandFile, Io, Output } from "../frame/types.ts";
import { potstill, resultPath, runCell, type Place } from "../steps/reproduce/run-cell.ts";

const whole = "expected a whole number of at least 1";
const schema = z.object({
  list: z.boolean().default(false),
  only: z.string().optional(),
  seeds: z.coerce.number(whole).int(whole).min(1, whole).default(3),
  dryRun: z.boolean().default(false),
  from: z.string().optional(),
  work: z.string().default("runs"),
  results: z.string().default("results"),
});

export const command: CommandFile = {
  summary: "re-run a published table, cell by cell",
  examples: [
    "potstill reproduce --list",
    "potstill reproduce black-box-ml-1m --dry-run",
    "potstill reproduce black-box-ml-1m --from ../shared/data/ml-1m/ml-1m.txt",
    "potstill reproduce black-box-ml-1m --only share-10/bahsd --from ../shared/data/ml-1m/ml-1m.txt",
  ],
  define(command) {
    command
      .argument("[recipe]", "a recipe by name")
      .option("--list", "name the recipes")
      .option("--only <text>", "only cells whose name has this, and what they need")
      .option("--seeds <n>", "seeds per method (default: 3)")
      .option("--dry-run", "say which cells are to run and how long they take")
      .option("--from <file>", "the dataset's file")
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
    const place: Place = { work: join(resolve(flags.work), recipe.name), results: resolve(flags.results) };
    const todo = wanted(recipe, flags.only, flags.seeds, place);
    if (flags.dryRun) return plan(recipe, todo);
    if (todo.length > 0) await importData(recipe, flags.from, place, io);
    for (const cell of todo) {
      io.note(`\n${recipe.name} ${cell.id}`);
      await runCell(recipe, cell, place, io);
    }
    return {
      json: { recipe: name, ran: todo.map(({ id }) => id) },
      text: `${todo.length} cells run, results in ${flags.results}`,
    };
  },
};

function listing(): Output {
  const all = Object.values(recipes);
  const text = all.map((recipe) => `${recipe.name}  ${recipe.title}`).join("\n");
  return { json: { recipes: all.map((recipe) => ({ name: recipe.name, title: recipe.title })) }, text };
}

function recipeNamed(name: string): Recipe {
  const recipe = Object.hasOwn(recipes, name) ? recipes[name] : undefined;
  if (recipe !== undefined) return recipe;
  const names = Object.keys(recipes);
  throw complain("usage", {
    where: "recipe",
    expected: `one of ${names.join(", ")}`,
    got: JSON.stringify(name),
    fix: `Write "${closest(name, names)}"`,
  });
}

/** The cells without a result, and those they need whose artefacts are gone; needed cells first. */
function wanted(recipe: Recipe, only: string | undefined, seeds: number, place: Place): Cell[] {
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
  for (const cell of cells)
    if (only === undefined || cell.id.includes(only))
      require(cell, !existsSync(resultPath(place, recipe, cell.id)));
  return [...todo];
}

function plan(recipe: Recipe, todo: readonly Cell[]): Output {
  const minutes = todo.reduce((sum, cell) => sum + cell.minutes, 0);
  const table = new Table({ head: ["cell", "minutes"], style: { head: [], border: [] } });
  for (const { id, minutes: m } of todo) table.push([id, m]);
  return {
    json: { recipe: recipe.name, cells: todo.map(({ id, minutes: m }) => ({ id, minutes: m })), minutes },
    text: `${table.toString()}\n${todo.length} cells, about ${minutes} minutes on two quiet cores`,
  };
}

/** Imports the dataset once, after checking that the file is the one the numbers are about. */
async function importData(recipe: Recipe, from: string | undefined, place: Place, io: Io): Promise<void> {
  const { file, sha256, import: argv } = recipe.source;
  await mkdir(place.work, { recursive: true });
  if (existsSync(join(place.work, argv.at(-1)!))) return;
  const given = from === undefined ? null : resolve(from);
  const found = given === null ? "no --from" : existsSync(given) ? await hashOf(given) : "no such file";
  if (given === null || found !== sha256)
    throw complain("usage", {
      where: "--from",
      expected: `the path of ${file} (SHA-256 ${sha256})`,
      got: found,
      fix: "Give the file the results are about",
    });
  await potstill(
    argv.map((word) => word.replace("{from}", given)),
    place,
    io,
  );
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
