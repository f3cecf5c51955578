import type { Database } from "./database.ts";
import { badLine, loadLines } from "./lines.ts";
import type { Source } from "./source.ts";
import type { Format } from "./types.ts";

const words = String.raw`string_split_regex(trim(line, ' \t'), '\s+')`;
const found = `CASE WHEN trim(coalesce(line, ''), ' \t') = '' THEN 0 ELSE len(${words}) END`;

/** One user per line: `user item item ...`, in time order. */
export const s3rec: Format = {
  looks: "user item item ..., one user per line, in time order",
  async load(db, source) {
    await loadLines(db, source);
    const bad = await firstWhere(db, `${found} < 2`);
    if (bad !== undefined) throw badLine(source, bad.line, "a user and at least one item", said(bad.found));
    return unnest(db, "f[1]");
  },
};

/** One user per line: `count item item ...`; the user's id is the line number from 0. */
export const userLists: Format = {
  looks: "count item item ..., one user per line; the user is the line number from 0",
  async load(db, source) {
    await loadLines(db, source);
    const bad = await firstWhere(db, `try_cast(${words}[1] AS BIGINT) IS DISTINCT FROM ${found} - 1`);
    if (bad !== undefined) throw wrongCount(source, bad);
    return unnest(db, "line_index::VARCHAR");
  },
};

interface BadLine extends Record<string, number | string | null> {
  line: number;
  found: number;
  first: string | null;
}

async function firstWhere(db: Database, condition: string): Promise<BadLine | undefined> {
  const rows = await db.rows<BadLine>(
    `SELECT (rowid + 1)::DOUBLE AS line, (${found})::INTEGER AS found, ${words}[1] AS first FROM lines
     WHERE ${condition} ORDER BY rowid LIMIT 1`,
  );
  return rows[0];
}

function wrongCount(source: Source, { line, found, first }: BadLine): Error {
  if (found === 0) return badLine(source, line, "a count and its items", "a blank line");
  if (!/^\d+$/.test(first!)) return badLine(source, line, "a count first", JSON.stringify(first));
  return badLine(source, line, `${first!} items, as its count says`, `${found - 1}`);
}

async function unnest(db: Database, user: string) {
  await db.run(
    `CREATE TABLE raw AS
     SELECT ${user} AS "user", unnest(f[2:]) AS item, NULL::VARCHAR AS value, NULL::VARCHAR AS time
     FROM (SELECT ${words} AS f, rowid AS line_index FROM lines);
     DROP TABLE lines`,
  );
  return { hasValue: false, hasTime: false, place: (row: number) => `item ${row + 1}` };
}

function said(words: number): string {
  return words === 0 ? "a blank line" : `${words} word`;
}
