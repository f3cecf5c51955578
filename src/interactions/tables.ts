/** Formats whose columns have names and whose cells DuckDB parses: CSV, JSON lines, Parquet. */
import { complain, UserError } from "../errors.ts";
import { findColumns, type Found } from "./columns.ts";
import { identifier, literal } from "./database.ts";
import { badLine, loadLines, readText } from "./lines.ts";
import { firstLines, type Source } from "./source.ts";
import type { Format, Loaded } from "./types.ts";

export const csv: Format = {
  looks: "comma-separated under a header, quotes allowed",
  async load(db, source, wanted) {
    const names = splitHeader((await firstLines(source))[0]!);
    const found = findColumns(source.shown, names, wanted);
    const columns = names.map((name) => `${literal(name)}: 'VARCHAR'`).join(", ");
    await readText(
      db,
      source,
      createRaw(
        found,
        identifier,
        `read_csv(${literal(source.path)}, columns = {${columns}}, delim = ',', quote = '"', escape = '"',
         header = true, auto_detect = false)`,
      ),
    );
    return loaded(found, (row) => `row ${row + 1} under the header`);
  },
};

export const jsonl: Format = {
  looks: "one JSON object per line",
  async load(db, source, wanted) {
    await loadLines(db, source);
    const [bad] = await db.rows<{ line: number }>(
      `SELECT (rowid + 1)::DOUBLE AS line FROM lines
       WHERE NOT CASE WHEN coalesce(json_valid(line), false) THEN json_type(line) = 'OBJECT' ELSE false END ORDER BY rowid LIMIT 1`,
    );
    if (bad !== undefined) throw badLine(source, bad.line, "one JSON object", "something else");
    const keys = await db.rows<{ key: string }>(
      `SELECT DISTINCT unnest(json_keys(line)) AS key FROM (FROM lines LIMIT 1000) ORDER BY key`,
    );
    const names = keys.map(({ key }) => key);
    const found = findColumns(source.shown, names, wanted);
    await db.run(createRaw(found, (name) => `json_extract_string(line, ${literal(pointer(name))})`, "lines"));
    await db.run("DROP TABLE lines");
    return loaded(found, (row) => `line ${row + 1}`);
  },
};

export const parquet: Format = {
  looks: "a Parquet file",
  async load(db, source, wanted) {
    const table = `read_parquet(${literal(source.path)})`;
    try {
      const columns = await db.rows<{ column_name: string }>(`DESCRIBE FROM ${table}`);
      const names = columns.map(({ column_name }) => column_name);
      const found = findColumns(source.shown, names, wanted);
      await db.run(createRaw(found, identifier, table));
      return loaded(found, (row) => `row ${row + 1}`);
    } catch (error) {
      throw notParquet(error, source);
    }
  },
};

/** @returns the cells of a CSV header; quoted cells lose their quotes. */
export function splitHeader(line: string): string[] {
  const cells = line.matchAll(/(?<=^|,)(?:"((?:[^"]|"")*)"|([^,]*))(?=,|$)/g);
  return [...cells].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "");
}

function createRaw(found: Found, expression: (name: string) => string, from: string): string {
  const cell = (name: string | undefined) =>
    name === undefined ? "NULL::VARCHAR" : `trim((${expression(name)})::VARCHAR)`;
  return `CREATE TABLE raw AS SELECT ${cell(found.user)} AS "user", ${cell(found.item)} AS item,
    ${cell(found.value)} AS value, ${cell(found.time)} AS time FROM ${from}`;
}

function loaded(found: Found, place: (row: number) => string): Loaded {
  return { hasValue: found.value !== undefined, hasTime: found.time !== undefined, place };
}

/** A JSON pointer: unlike a path it needs no quoting of dots and dollars. */
function pointer(name: string): string {
  return `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function notParquet(error: unknown, source: Source): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  return complain("input", {
    where: source.shown,
    expected: "a complete Parquet file",
    got: `one that cannot be read (${error.message.split("\n")[0]!})`,
    fix: "Write or fetch it again, or choose the right --format",
  });
}
