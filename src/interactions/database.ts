import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance } from "@duckdb/node-api";
import { duckdb } from "../duckdb.ts";

/** A cell of a small result; select counts as DOUBLE or INTEGER, never BIGINT. */
export type Cell = string | number | boolean | null;

/** A private in-memory DuckDB that spills to a scratch folder, so that its memory stays bounded. */
export class Database {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  /** @param scratch an existing folder for what does not fit into memory. */
  static async open(scratch: string): Promise<Database> {
    const { DuckDBInstance: Instance } = await duckdb();
    const instance = await Instance.create(":memory:", {
      memory_limit: "1GB",
      temp_directory: scratch,
      autoinstall_known_extensions: "false",
    });
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    return new Database(instance, connection);
  }

  async run(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }

  /** @returns all rows as objects: for small results only. */
  async rows<R extends Record<string, Cell>>(sql: string): Promise<R[]> {
    const result = await this.#connection.run(sql);
    return (await result.getRowObjectsJS()) as R[];
  }

  /** @returns the only row. */
  async one<R extends Record<string, Cell>>(sql: string): Promise<R> {
    return (await this.rows<R>(sql))[0]!;
  }

  /** @returns the number of rows of a table, optionally of those that match. */
  async count(table: string, where = "true"): Promise<number> {
    return (await this.one<{ n: number }>(`SELECT count(*)::DOUBLE AS n FROM ${table} WHERE ${where}`)).n;
  }

  /** @returns the result in columnar chunks, in order. */
  async *chunks(sql: string): AsyncGenerator<DuckDBDataChunk, void, void> {
    yield* await this.#connection.stream(sql);
  }

  /** Appends `length` rows; `row` gives the cells of one. */
  async append(table: string, length: number, row: (append: RowAppender, r: number) => void): Promise<void> {
    const appender = await this.#connection.createAppender(table);
    for (let r = 0; r < length; r++) {
      row(appender, r);
      appender.endRow();
    }
    appender.closeSync();
  }

  /** Makes the statement under way fail, if there is one. */
  interrupt(): void {
    this.#connection.interrupt();
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}

export interface RowAppender {
  appendInteger(value: number): void;
  appendUTinyInt(value: number): void;
  appendVarchar(value: string): void;
  appendNull(): void;
}

/** @returns an SQL string literal. */
export function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** @returns an SQL name. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
