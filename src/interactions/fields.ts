import { literal } from "./database.ts";
import { findColumns } from "./columns.ts";
import { badLine, loadLines } from "./lines.ts";
import { firstLines, type Source } from "./source.ts";
import type { Columns, Format } from "./types.ts";
import type { Database } from "./database.ts";

const whitespace = String.raw`string_split_regex(trim(line, ' \t'), '\s+')`;
const by = (delimiter: string) => `string_split(line, ${literal(delimiter)})`;

/** SQL that splits `line` into a list of fields, and how to say it. */
interface Splitter {
  readonly sql: string;
  readonly said: string;
}
const colons: Splitter = { sql: by("::"), said: 'separated by "::"' };
const tabs: Splitter = { sql: by("\t"), said: "separated by tabs" };
const spaces: Splitter = { sql: whitespace, said: "separated by spaces" };

/** One interaction per line, its fields known by their place. */
function placed(looks: string, splitter: Splitter, names: readonly string[]): Format {
  return {
    looks,
    async load(db, source) {
      await loadLines(db, source);
      await refuseOtherCounts(db, source, splitter, names.length, names.join(", "));
      const at = (name: string) => (names.includes(name) ? names.indexOf(name) + 1 : null);
      await fill(db, splitter, [at("user"), at("item"), at("rating"), at("timestamp")], 0);
      const full = names.length === 4;
      return { hasValue: full, hasTime: full, place: (row) => `line ${row + 1}` };
    },
  };
}

/** One interaction per line under a header; no quoting. `nameOf` reads a column's name out of its header cell. */
function headed(looks: string, nameOf: (cell: string, source: Source) => string): Format {
  return {
    looks,
    async load(db, source, wanted: Columns) {
      await loadLines(db, source);
      const cells = (await firstLines(source))[0]!.split("\t");
      const names = cells.map((cell) => nameOf(cell, source));
      const found = findColumns(source.shown, names, wanted);
      await refuseOtherCounts(db, source, tabs, names.length, names.join(", "));
      const at = (name: string | undefined) => (name === undefined ? null : names.indexOf(name) + 1);
      await fill(db, tabs, [at(found.user), at(found.item), at(found.value), at(found.time)], 1);
      return {
        hasValue: found.value !== undefined,
        hasTime: found.time !== undefined,
        place: (row) => `line ${row + 2}`,
      };
    },
  };
}

async function refuseOtherCounts(
  db: Database,
  source: Source,
  { sql, said }: Splitter,
  count: number,
  names: string,
): Promise<void> {
  const [bad] = await db.rows<{ line: number; found: number }>(
    `SELECT (rowid + 1)::DOUBLE AS line, coalesce(len(${sql}), 0)::INTEGER AS found FROM lines
     WHERE found <> ${count} ORDER BY rowid LIMIT 1`,
  );
  if (bad === undefined) return;
  const got = bad.found === 0 ? "a blank line" : `${bad.found}`;
  throw badLine(source, bad.line, `${count} fields ${said} (${names})`, got);
}

/** @param places of user, item, value and time in the list of fields, from 1; null where there is none. */
async function fill(
  db: Database,
  { sql }: Splitter,
  places: readonly (number | null)[],
  skip: number,
): Promise<void> {
  const [user, item, value, time] = places.map((at) => (at === null ? "NULL::VARCHAR" : `trim(f[${at}])`));
  await db.run(
    `CREATE TABLE raw AS SELECT ${user!} AS "user", ${item!} AS item, ${value!} AS value, ${time!} AS time
     FROM (SELECT ${sql} AS f FROM lines WHERE rowid >= ${skip});
     DROP TABLE lines`,
  );
}

function untyped(cell: string, source: Source): string {
  const at = cell.indexOf(":");
  if (at > 0) return cell.slice(0, at).trim();
  throw badLine(source, 1, "a typed header such as user_id:token", JSON.stringify(cell));
}

const rated = ["user", "item", "rating", "timestamp"];

export const movielens = placed("user::item::rating::timestamp", colons, rated);
export const udata = placed("user<tab>item<tab>rating<tab>timestamp, no header", tabs, rated);
export const sasrec = placed("user item, in time order", spaces, ["user", "item"]);
export const tsv = headed("tab-separated under a header", (cell) => cell.trim());
export const recbole = headed("tab-separated under a typed header: user_id:token<tab>item_id:token", untyped);
