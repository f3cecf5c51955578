import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DuckDBType } from "@duckdb/node-api";
import * as z from "zod";
import { duckdb, inMemory } from "../duckdb.ts";
import { complain } from "../errors.ts";
import { draftFolder } from "../files.ts";
import { fromJson } from "../manifests.ts";
import { GROUPS } from "./types.ts";
import type { Evaluation, PerUser } from "./types.ts";

/** An evaluation with what it is of. */
export interface StoredEvaluation {
  /** DatasetManifest.hash of the data. */
  readonly dataset: string;
  /** BundleManifest.weightsSha256 of the model. */
  readonly weights: string;
  readonly evaluation: Evaluation;
}

const means = z.record(z.string(), z.number());
const group = means.and(z.object({ users: z.number() }));
const summary = z.object({
  schema: z.literal(1),
  dataset: z.string(),
  weights: z.string(),
  protocol: z.string(),
  users: z.number(),
  metrics: means,
  groups: z.record(z.enum(GROUPS), group),
  tailUpTo: z.number(),
  seconds: z.number(),
});

/** Says before an evaluation what would go wrong after it. @throws UserError when it cannot be put there. */
export async function requireRoomForEvaluation(directory: string): Promise<void> {
  await (await draftFolder(directory, folder)).discard();
}

const folder = { what: "evaluation", files: ["evaluation.json", "per-user.parquet"], force: true };

/** Writes `evaluation.json` and `per-user.parquet` into a folder, in place of an earlier evaluation there. */
export async function saveEvaluation(directory: string, stored: StoredEvaluation): Promise<void> {
  const draft = await draftFolder(directory, folder);
  try {
    const { evaluation, ...of } = stored;
    const { perUser, ...rest } = evaluation;
    await writePerUser(join(draft.path, "per-user.parquet"), perUser);
    const text = JSON.stringify({ schema: 1, ...of, ...rest } satisfies z.input<typeof summary>, null, 2);
    await writeFile(join(draft.path, "evaluation.json"), `${text}\n`);
    await draft.publish();
  } finally {
    await draft.discard();
  }
}

/**
 * Reads what {@link saveEvaluation} wrote.
 * @throws UserError("not-found") where there is none; UserError("input") where a file is damaged.
 */
export async function loadEvaluation(directory: string): Promise<StoredEvaluation> {
  const file = join(directory, "evaluation.json");
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw unreadable("not-found", file, "an evaluation", "nothing", error);
  });
  const {
    schema: _schema,
    dataset,
    weights,
    ...rest
  } = fromJson(text, summary, (got) =>
    unreadable("input", file, "an evaluation as `potstill evaluate` writes it", got, null),
  );
  const perUser = await readPerUser(join(directory, "per-user.parquet"));
  return { dataset, weights, evaluation: { ...rest, perUser } };
}

function unreadable(
  code: "input" | "not-found",
  where: string,
  expected: string,
  got: string,
  cause: unknown,
) {
  const fix = "Run `potstill evaluate` again";
  return complain(code, { where, expected, got, fix }, { cause });
}

const chunkRows = 2048; // DuckDB's vector size

async function columnsOf({ userIndex, tail, quintile, best, values }: PerUser) {
  const { FLOAT, INTEGER, UTINYINT } = await duckdb();
  const n = userIndex.length;
  const places = Array.from({ length: best.length / Math.max(1, n) }, (_, place) => ({
    name: `best${place + 1}`,
    type: INTEGER,
    data: Int32Array.from(userIndex, (_u, u) => best[(u * best.length) / n + place]!),
  }));
  const metrics = Object.entries(values).map(([name, data]) => ({ name, type: FLOAT, data }));
  return [
    { name: "user", type: INTEGER, data: userIndex },
    { name: "tail", type: UTINYINT, data: tail },
    { name: "quintile", type: UTINYINT, data: quintile },
    ...places,
    ...metrics,
  ] satisfies { name: string; type: DuckDBType; data: ArrayLike<number> }[];
}

async function writePerUser(file: string, perUser: PerUser): Promise<void> {
  const columns = await columnsOf(perUser);
  const { DuckDBDataChunk } = await duckdb();
  await inMemory(async (connection) => {
    await connection.run(
      `CREATE TABLE v (${columns.map((c) => `"${c.name}" ${c.type.toString()}`).join(", ")})`,
    );
    const appender = await connection.createAppender("v");
    for (let begin = 0; begin < perUser.userIndex.length; begin += chunkRows) {
      const chunk = DuckDBDataChunk.create(columns.map((c) => c.type));
      chunk.setColumns(columns.map((c) => Array.from(c.data.subarray(begin, begin + chunkRows))));
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
    await connection.run(`COPY v TO ${literal(file)} (FORMAT parquet)`);
  });
}

async function readPerUser(file: string): Promise<PerUser> {
  return inMemory(async (connection) => {
    const reader = await connection
      .runAndReadAll(`SELECT * FROM read_parquet(${literal(file)})`)
      .catch((error: unknown) => {
        throw unreadable("input", file, "a Parquet file", (error as Error).message.split("\n")[0]!, error);
      });
    const { user, tail, quintile, ...rest } = reader.getColumnsObject() as Record<string, number[]>;
    if (!user || !tail || !quintile)
      throw unreadable(
        "input",
        file,
        "columns user, tail and quintile",
        reader.columnNames().join(", "),
        null,
      );
    return {
      userIndex: Int32Array.from(user),
      tail: Uint8Array.from(tail),
      quintile: Uint8Array.from(quintile),
      ...bestAndValues(user.length, Object.entries(rest)),
    };
  });
}

/** Columns best1, best2, ... side by side, and the rest by name. */
function bestAndValues(
  users: number,
  columns: readonly (readonly [string, readonly number[]])[],
): Pick<PerUser, "best" | "values"> {
  const isPlace = ([name]: readonly [string, unknown]) => /^best\d+$/.test(name);
  const places = columns.filter(isPlace);
  const best = new Int32Array(users * places.length);
  places.forEach(([, items], place) => {
    items.forEach((item, u) => (best[u * places.length + place] = item));
  });
  const values = columns.filter((column) => !isPlace(column));
  return { best, values: Object.fromEntries(values.map(([name, v]) => [name, Float32Array.from(v)])) };
}

function literal(path: string): string {
  return `'${path.replaceAll("'", "''")}'`;
}
