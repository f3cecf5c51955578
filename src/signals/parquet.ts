import { access } from "node:fs/promises";
import type { DuckDBConnection } from "@duckdb/node-api";
import { row, type Sequences } from "../dataset/index.ts";
import { inMemory } from "../duckdb.ts";
import { complain, UserError } from "../errors.ts";
import type { ListRows, View } from "./types.ts";

/** Writes one row per query; items and scores are list columns. */
export async function writeRows(path: string, rows: ListRows): Promise<void> {
  await inMemory(async (connection) => {
    await connection.run(
      `CREATE TABLE rows ("user" INTEGER, "start" INTEGER, "end" INTEGER, "view" VARCHAR, scale FLOAT,
       base INTEGER, items VARCHAR, scores VARCHAR, history VARCHAR)`,
    );
    await append(connection, rows);
    // Lists travel as text and are parsed by DuckDB: a tenth of the time of handing it boxed list values.
    const scores = rows.scores === null ? "" : ", scores::FLOAT[] AS scores";
    const histories = rows.histories === undefined ? "" : ", history::INTEGER[] AS history";
    await connection.run(
      `COPY (SELECT "user", "start", "end", "view", scale, base, items::INTEGER[] AS items${scores}${histories} FROM rows)
       TO ${quote(path)} (FORMAT parquet, COMPRESSION zstd)`,
    );
  });
}

async function append(connection: DuckDBConnection, rows: ListRows): Promise<void> {
  const appender = await connection.createAppender("rows");
  for (let q = 0; q < rows.user.length; q++) {
    appender.appendInteger(rows.user[q]!);
    appender.appendInteger(rows.start[q]!);
    appender.appendInteger(rows.end[q]!);
    appender.appendVarchar(rows.view[q]!);
    appender.appendFloat(rows.scale[q]!);
    appender.appendInteger(rows.base[q]!);
    appender.appendVarchar(`[${row(rows.lists, q).join()}]`);
    appender.appendVarchar(`[${scoresOf(rows, q).join()}]`);
    appender.appendVarchar(rows.histories === undefined ? "" : `[${row(rows.histories, q).join()}]`);
    appender.endRow();
  }
  appender.closeSync();
}

function scoresOf({ scores, lists }: ListRows, q: number): Float32Array {
  return scores === null ? new Float32Array(0) : scores.subarray(lists.offsets[q], lists.offsets[q + 1]);
}

/** Columns that not every signal has. */
interface Columns {
  readonly scores: boolean;
  readonly histories: boolean;
}

/** @throws UserError "not-found" or "input" for a file that is missing, truncated or of another kind. */
export async function readRows(path: string, columns: Columns): Promise<ListRows> {
  try {
    await access(path);
    return await inMemory((connection) => read(connection, `read_parquet(${quote(path)})`, columns));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw complain("input", {
      where: path,
      expected: "a whole Parquet file of queries and lists",
      got: String(error instanceof Error ? error.message : error).split("\n")[0]!,
      fix: "Run `potstill probe` again: answers already paid for are not asked again",
    });
  }
}

async function read(
  connection: DuckDBConnection,
  from: string,
  { scores, histories }: Columns,
): Promise<ListRows> {
  const [queries] = await numbers(connection, `SELECT count(*) FROM ${from}`, 1);
  const ints = async (sql: string, n: number) =>
    fill(connection, `SELECT ${sql} FROM ${from}`, new Int32Array(n));
  const floats = async (sql: string, n: number) =>
    fill(connection, `SELECT ${sql} FROM ${from}`, new Float32Array(n));
  const sequences = async (column: string): Promise<Sequences> => {
    const offsets = new Int32Array(queries! + 1);
    await fill(connection, `SELECT len(${column})::INTEGER FROM ${from}`, offsets.subarray(1));
    for (let q = 0; q < queries!; q++) offsets[q + 1]! += offsets[q]!;
    return { offsets, items: await ints(`unnest(${column})`, offsets[queries!]!) };
  };
  const lists = await sequences("items");
  return {
    user: await ints('"user"', queries!),
    start: await ints('"start"', queries!),
    end: await ints('"end"', queries!),
    view: await views(connection, from),
    scale: await floats("scale", queries!),
    base: await ints("base", queries!),
    lists,
    scores: scores ? await floats("unnest(scores)", lists.items.length) : null,
    ...(histories && { histories: await sequences("history") }),
  };
}

async function numbers(connection: DuckDBConnection, sql: string, n: number): Promise<Float64Array> {
  const reader = await connection.runAndReadAll(sql);
  return Float64Array.from({ length: n }, (_, column) => Number(reader.value(column, 0) ?? 0));
}

/** Reads one numeric column in stored order. */
async function fill<A extends Int32Array | Float32Array>(
  connection: DuckDBConnection,
  sql: string,
  target: A,
): Promise<A> {
  let at = 0;
  for await (const chunk of await connection.stream(sql)) {
    const column = chunk.getColumnVector(0);
    for (let i = 0; i < chunk.rowCount; i++) target[at++] = Number(column.getItem(i));
  }
  return target;
}

async function views(connection: DuckDBConnection, from: string): Promise<View[]> {
  const reader = await connection.runAndReadAll(`SELECT "view" FROM ${from}`);
  return (reader.getColumns()[0] ?? []) as View[];
}

function quote(path: string): string {
  return `'${path.replaceAll("'", "''")}'`;
}
