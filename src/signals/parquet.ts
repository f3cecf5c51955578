import { access } from "node:fs/promises";
import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import { row } from "../dataset/index.ts";
import { complain, UserError } from "../errors.ts";
import type { ListRows, View } from "./types.ts";

/** Writes one row per query; items and scores are list columns. */
export async function writeRows(path: string, rows: ListRows): Promise<void> {
  await withConnection(async (connection) => {
    await connection.run(
      `CREATE TABLE rows ("user" INTEGER, "start" INTEGER, "end" INTEGER, "view" VARCHAR, scale FLOAT,
       base INTEGER, items VARCHAR, scores VARCHAR)`,
    );
    await append(connection, rows);
    // Lists travel as text and are parsed by DuckDB: a tenth of the time of handing it boxed list values.
    const scores = rows.scores === null ? "" : ", scores::FLOAT[] AS scores";
    await connection.run(
      `COPY (SELECT "user", "start", "end", "view", scale, base, items::INTEGER[] AS items${scores} FROM rows)
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
    appender.endRow();
  }
  appender.closeSync();
}

function scoresOf({ scores, lists }: ListRows, q: number): Float32Array {
  return scores === null ? new Float32Array(0) : scores.subarray(lists.offsets[q], lists.offsets[q + 1]);
}

/** @throws UserError "not-found" or "input" for a file that is missing, truncated or of another kind. */
export async function readRows(path: string, withScores: boolean): Promise<ListRows> {
  try {
    await access(path);
    return await withConnection((connection) => read(connection, `read_parquet(${quote(path)})`, withScores));
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

async function read(connection: DuckDBConnection, from: string, withScores: boolean): Promise<ListRows> {
  const [queries, items] = await numbers(connection, `SELECT count(*), sum(len(items)) FROM ${from}`, 2);
  const ints = async (sql: string, n: number) =>
    fill(connection, `SELECT ${sql} FROM ${from}`, new Int32Array(n));
  const floats = async (sql: string, n: number) =>
    fill(connection, `SELECT ${sql} FROM ${from}`, new Float32Array(n));
  const offsets = new Int32Array(queries! + 1);
  await fill(connection, `SELECT len(items)::INTEGER FROM ${from}`, offsets.subarray(1));
  for (let q = 0; q < queries!; q++) offsets[q + 1]! += offsets[q]!;
  return {
    user: await ints('"user"', queries!),
    start: await ints('"start"', queries!),
    end: await ints('"end"', queries!),
    view: await views(connection, from),
    scale: await floats("scale", queries!),
    base: await ints("base", queries!),
    lists: { offsets, items: await ints("unnest(items)", items!) },
    scores: withScores ? await floats("unnest(scores)", items!) : null,
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

async function withConnection<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    return await use(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function quote(path: string): string {
  return `'${path.replaceAll("'", "''")}'`;
}
