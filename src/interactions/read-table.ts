/** Files of rows that are no interactions: columns that must be there, under their names. */
import { complain } from "../errors.ts";
import { requireColumns } from "./columns.ts";
import type { Database } from "./database.ts";
import { guessFormat } from "./guess.ts";
import { openSource } from "./source.ts";
import { tableReaders } from "./tables.ts";
import type { Loaded } from "./types.ts";

export interface TableRead {
  readonly sha256: string;
  readonly place: Loaded["place"];
}

/**
 * Reads a .csv, .jsonl or .parquet file into the table `raw`, the columns as trimmed VARCHAR in stored order.
 * @param scratch an existing folder for an unpacked copy.
 * @throws UserError "not-found" or "input": absent, of another format, damaged, without one of the columns.
 */
export async function readTable(
  db: Database,
  file: string,
  columns: readonly string[],
  scratch: string,
): Promise<TableRead> {
  const source = await openSource(file, scratch);
  const fix = "Write it as .csv, .jsonl or .parquet, and name it so";
  const format = await guessFormat(source, fix);
  if (format !== "csv" && format !== "jsonl" && format !== "parquet")
    throw complain("input", {
      where: file,
      expected: "a .csv, .jsonl or .parquet file",
      got: `one of the format ${format}`,
      fix,
    });
  const choose = (names: readonly string[]) => requireColumns(file, names, columns);
  const { place } = await tableReaders[format](db, source, choose);
  return { sha256: source.sha256, place };
}
