import { complain } from "../errors.ts";
import type { Database } from "./database.ts";
import { formats, type FormatName } from "./formats.ts";
import { guessFormat } from "./guess.ts";
import { openSource, type Source } from "./source.ts";
import type { Columns, Loaded } from "./types.ts";

export interface ReadOptions {
  /** A path; .gz is unpacked. */
  readonly file: string;
  /** "auto" tells it from the name or the first lines. */
  readonly format: FormatName | "auto";
  /** Where the split is somebody else's: `file` holds the training part, these two the others. */
  readonly given?: { readonly valid: string; readonly test: string };
  /** For csv, tsv, jsonl, parquet and recbole. */
  readonly columns?: Columns;
}

export interface Reading {
  readonly format: FormatName;
  readonly sha256: string;
  readonly rows: number;
  readonly hasValue: boolean;
  readonly hasTime: boolean;
}

/**
 * Reads a file, or the three of a given split, into the table `interactions` ("user" VARCHAR, item VARCHAR, value
 * DOUBLE, time DOUBLE, part UTINYINT); rowid is the stored order, time in seconds where the file has dates and else as
 * the file has it; part is 0, 1, 2 for the files of a given split.
 * @param scratch an existing folder for an unpacked copy.
 * @throws UserError "not-found" or "input" that names the first bad line.
 */
export async function readInteractions(
  db: Database,
  options: ReadOptions,
  scratch: string,
): Promise<Reading> {
  await db.run(
    'CREATE TABLE interactions ("user" VARCHAR, item VARCHAR, value DOUBLE, time DOUBLE, part UTINYINT)',
  );
  const { file, given } = options;
  const files = given === undefined ? [file] : [file, given.valid, given.test];
  const read: Omit<Reading, "rows">[] = [];
  for (const [part, name] of files.entries())
    read.push(await readPart(db, { ...options, file: name }, part, scratch));
  const [{ format }] = read as [Omit<Reading, "rows">];
  const every = (has: (r: Omit<Reading, "rows">) => boolean) => read.every(has);
  return {
    format,
    sha256: read.map(({ sha256 }) => sha256).join("+"),
    rows: await db.count("interactions"),
    hasValue: every((r) => r.hasValue),
    hasTime: every((r) => r.hasTime),
  };
}

async function readPart(
  db: Database,
  options: ReadOptions,
  part: number,
  scratch: string,
): Promise<Omit<Reading, "rows">> {
  const source = await openSource(options.file, scratch);
  const format =
    options.format === "auto" ? await guessFormat(source, "Name it with --format") : options.format;
  const loaded = await formats[format].load(db, source, options.columns ?? {});
  await refuseBadCells(db, source, loaded);
  await db.run(
    `INSERT INTO interactions
     SELECT "user", item, ${number("value")}, ${seconds("time")}, ${part} FROM raw;
     DROP TABLE raw`,
  );
  return { format, sha256: source.sha256, hasValue: loaded.hasValue, hasTime: loaded.hasTime };
}

const number = (cell: string) => `try_cast(${cell} AS DOUBLE)`;
const seconds = (cell: string) => `coalesce(${number(cell)}, epoch(try_cast(${cell} AS TIMESTAMPTZ)))`;
const finite = (expression: string) => `coalesce(isfinite(${expression}), false)`;

const expectations = {
  user: "a user",
  item: "an item",
  value: "a number as value",
  time: "a time, as a number or an ISO date",
} as const;

async function refuseBadCells(db: Database, source: Source, { place, hasTime }: Loaded): Promise<void> {
  const [bad] = await db.rows<{ row: number; cell: keyof typeof expectations; got: string | null }>(
    `SELECT rowid::DOUBLE AS row,
       CASE WHEN coalesce("user", '') = '' THEN 'user'
            WHEN coalesce(item, '') = '' THEN 'item'
            WHEN coalesce(value, '') <> '' AND NOT ${finite(number("value"))} THEN 'value'
            WHEN ${hasTime} AND NOT ${finite(seconds("time"))} THEN 'time' END AS cell,
       CASE cell WHEN 'value' THEN value WHEN 'time' THEN time END AS got
     FROM raw WHERE cell IS NOT NULL ORDER BY rowid LIMIT 1`,
  );
  if (bad !== undefined) {
    throw complain("input", {
      where: `${source.shown}, ${place(bad.row)}`,
      expected: expectations[bad.cell],
      got: (bad.got ?? "") === "" ? "nothing" : JSON.stringify(bad.got),
      fix: "Correct the row, or choose the right --format and columns",
    });
  }
  if ((await db.count("raw")) === 0) {
    throw complain("input", {
      where: source.shown,
      expected: "rows",
      got: "a header alone",
      fix: "Name a file with rows",
    });
  }
}
