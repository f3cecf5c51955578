/** Formats whose columns have names and whose cells DuckDB parses: CSV, JSON lines, Parquet. */
import { complain, UserError } from "../errors.ts";
import { findColumns } from "./columns.ts";
import { identifier, literal, type Database } from "./database.ts";
import { badLine, loadLines, readText } from "./lines.ts";
import { firstLines, type Source } from "./source.ts";
import type { Format, Loaded } from "./types.ts";

/** Picks the column behind each cell of `raw` among those that a file has; a cell without one is NULL. */
export type Choose = (names: readonly string[]) => Readonly<Record<string, string | undefined>>;

interface Table {
  readonly cells: Readonly<Record<string, string | undefined>>;
  readonly place: Loaded["place"];
}

type Reader = (db: Database, source: Source, choose: Choose) => Promise<Table>;

const readCsv: Reader = async (db, source, choose) => {
  const names = splitHeader((await firstLines(source))[0]!);
  refuseOtherSeparator(source, names);
  const cells = choose(names);
  const columns = names.map((name) => `${literal(name)}: 'VARCHAR'`).join(", ");
  await readText(
    db,
    source,
    createRaw(
      cells,
      identifier,
      `read_csv(${literal(source.path)}, columns = {${columns}}, delim = ',', quote = '"', escape = '"',
       header = true, auto_detect = false)`,
    ),
  );
  return { cells, place: (row) => `row ${row + 1} under the header` };
};

/** A table has two columns at least: a single name that holds a separator of others is a line of theirs. */
function refuseOtherSeparator(source: Source, names: readonly string[]): void {
  const other = names.length === 1 ? /[;\t|]/.exec(names[0]!)?.[0] : undefined;
  if (other === undefined) return;
  const got = other === "\t" ? "tabs" : JSON.stringify(other);
  throw badLine(source, 1, "commas between the columns", got, "Write the file with commas");
}

const readJsonl: Reader = async (db, source, choose) => {
  await loadLines(db, source);
  const [bad] = await db.rows<{ line: number }>(
    `SELECT (rowid + 1)::DOUBLE AS line FROM lines
     WHERE NOT CASE WHEN coalesce(json_valid(line), false) THEN json_type(line) = 'OBJECT' ELSE false END ORDER BY rowid LIMIT 1`,
  );
  if (bad !== undefined) throw badLine(source, bad.line, "one JSON object", "something else");
  const keys = await db.rows<{ key: string }>(
    `SELECT DISTINCT unnest(json_keys(line)) AS key FROM (FROM lines LIMIT 1000) ORDER BY key`,
  );
  const cells = choose(keys.map(({ key }) => key));
  await db.run(createRaw(cells, (name) => `json_extract_string(line, ${literal(pointer(name))})`, "lines"));
  await db.run("DROP TABLE lines");
  return { cells, place: (row) => `line ${row + 1}` };
};

const readParquet: Reader = async (db, source, choose) => {
  const table = `read_parquet(${literal(source.path)})`;
  try {
    const columns = await db.rows<{ column_name: string }>(`DESCRIBE FROM ${table}`);
    const cells = choose(columns.map(({ column_name }) => column_name));
    await db.run(createRaw(cells, identifier, table));
    return { cells, place: (row) => `row ${row + 1}` };
  } catch (error) {
    throw notParquet(error, source);
  }
};

/** Makes the table `raw` of a file, every cell as trimmed text. */
export const tableReaders = { csv: readCsv, jsonl: readJsonl, parquet: readParquet } as const;

const ofInteractions = (looks: string, read: Reader): Format => ({
  looks,
  async load(db, source, wanted) {
    const none = { value: undefined, time: undefined };
    const choose: Choose = (names) => ({ ...none, ...findColumns(source.shown, names, wanted) });
    const { cells, place } = await read(db, source, choose);
    return { hasValue: cells["value"] !== undefined, hasTime: cells["time"] !== undefined, place };
  },
});

export const csv = ofInteractions("comma-separated under a header, quotes allowed", readCsv);
export const jsonl = ofInteractions("one JSON object per line", readJsonl);
export const parquet = ofInteractions("a Parquet file", readParquet);

/** @returns the cells of a CSV header; quoted cells lose their quotes. */
export function splitHeader(line: string): string[] {
  const cells = line.matchAll(/(?<=^|,)(?:"((?:[^"]|"")*)"|([^,]*))(?=,|$)/g);
  return [...cells].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "");
}

function createRaw(cells: Table["cells"], expression: (name: string) => string, from: string): string {
  const cell = ([as, name]: [string, string | undefined]) =>
    `${name === undefined ? "NULL::VARCHAR" : `trim((${expression(name)})::VARCHAR)`} AS ${identifier(as)}`;
  return `CREATE TABLE raw AS SELECT ${Object.entries(cells).map(cell).join(", ")} FROM ${from}`;
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
