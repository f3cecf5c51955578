/** DuckDB, loaded when it is first used: it takes half a second of processor time. */
import type { DuckDBConnection } from "@duckdb/node-api";

export const duckdb = () => import("@duckdb/node-api");

/** Works on a private database in memory. */
export async function inMemory<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const { DuckDBInstance } = await duckdb();
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
