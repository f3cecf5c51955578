import { complain, type UserError } from "../errors.ts";
import { literal, type Database } from "./database.ts";
import type { Source } from "./source.ts";

/** Bytes no text file holds, so that a whole line is one field. */
const never = "\u0001\u0002\u0003\u0004";

/**
 * Makes the table `lines` (line VARCHAR; NULL where empty); line numbers are rowid + 1. Blank lines at the end are dropped.
 * @throws UserError "input" where the file is not UTF-8 text or all blank.
 */
export async function loadLines(db: Database, source: Source): Promise<void> {
  await readText(
    db,
    source,
    `CREATE TABLE lines AS FROM read_csv(${literal(source.path)}, columns = {'line': 'VARCHAR'},
       delim = ${literal(never)}, quote = '', escape = '', header = false, auto_detect = false, strict_mode = false)`,
  );
  const filled = "trim(line, ' \t\r') <> ''";
  await db.run(
    `DELETE FROM lines WHERE rowid > (SELECT coalesce(max(rowid), -1) FROM lines WHERE ${filled})`,
  );
  if ((await db.count("lines")) > 0) return;
  throw complain("input", {
    where: source.shown,
    expected: "rows",
    got: "only blank lines",
    fix: "Name a file with rows",
  });
}

/** Runs a statement that reads delimited text, and turns DuckDB's errors about the file into ours. */
export async function readText(db: Database, source: Source, sql: string): Promise<void> {
  try {
    await db.run(sql);
  } catch (error) {
    throw translate(error, source);
  }
}

/** @returns the complaint that line `line` (from 1) of the file is not as expected. */
export function badLine(
  { shown }: Source,
  line: number,
  expected: string,
  got: string,
  fix = "Correct the line, or choose the right --format",
): UserError {
  return complain("input", { where: `${shown}, line ${line}`, expected, got, fix });
}

function translate(error: unknown, source: Source): unknown {
  if (!(error instanceof Error)) return error;
  const line = /CSV Error on Line: (\d+)/.exec(error.message)?.[1];
  if (line === undefined) return error;
  const columns = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(error.message);
  if (columns !== null) {
    return badLine(source, Number(line), `${columns[1]!} columns`, columns[2]!);
  }
  if (error.message.includes("Invalid unicode")) {
    const fix = "Convert the file, for example with: iconv -f latin1 -t utf-8";
    return badLine(source, Number(line), "UTF-8 text", "other bytes", fix);
  }
  if (error.message.includes("unterminated quote")) {
    return badLine(source, Number(line), "a closing quote", "none");
  }
  return badLine(source, Number(line), "a row", error.message.split("\n")[2] ?? "something else");
}
