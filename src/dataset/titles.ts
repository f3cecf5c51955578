import { complain } from "../errors.ts";
import { nearest } from "../options.ts";
import type { Database } from "../interactions/index.ts";
import { identifier, literal, openSource } from "../interactions/index.ts";

export interface TitleOptions {
  /** A tab-separated UTF-8 file with a header. */
  readonly file: string;
  /** Its columns of original item ids and titles; else the first known id column and "title". */
  readonly columns?: readonly [id: string, title: string];
}

const idColumns = ["sasrec_item", "item_id", "item_id:token", "item", "itemId", "movie_id", "movieId", "id"];
const titleColumns = ["title", "movie_title:token_seq", "movie_title", "item_title", "name"];

/**
 * Adds the column `title` to `items`; an item without one gets NULL.
 * @throws UserError where the file or a column is not there, or no item has a title.
 */
export async function addTitles(db: Database, options: TitleOptions, scratch: string): Promise<void> {
  const { path } = await openSource(options.file, scratch);
  const table = `read_csv(${literal(path)}, delim = '\t', quote = '', header = true, all_varchar = true)`;
  const columns = await db.rows<{ column_name: string }>(`DESCRIBE FROM ${table}`);
  const names = columns.map(({ column_name }) => column_name);
  const id = choose(options.file, names, options.columns?.[0], idColumns, "item ids");
  const title = choose(options.file, names, options.columns?.[1], titleColumns, "titles");
  await db.run(
    `CREATE OR REPLACE TABLE items AS SELECT items.*, titles.title FROM items LEFT JOIN
     (SELECT ${identifier(id)} AS id, any_value(${identifier(title)}) AS title FROM ${table} GROUP BY ALL) titles
     USING (id)`,
  );
  if ((await db.count("items", "title IS NOT NULL")) > 0) return;
  throw complain("input", {
    where: `${options.file}, column ${id}`,
    expected: "original item ids of the interactions",
    got: "none of them",
    fix: "Name the right columns with --title-columns id,title",
  });
}

function choose(
  file: string,
  names: readonly string[],
  wanted: string | undefined,
  usual: readonly string[],
  what: string,
): string {
  const found = (wanted === undefined ? usual : [wanted]).find((name) => names.includes(name));
  if (found !== undefined) return found;
  const near = wanted === undefined ? undefined : nearest(wanted, names);
  throw complain("input", {
    where: file,
    expected: `a column of ${what}${wanted === undefined ? "" : ` named ${JSON.stringify(wanted)}`}`,
    got: `the columns ${names.join(", ")}`,
    fix: `Name it with --title-columns id,title${near === undefined ? "" : `; the nearest is ${near}`}`,
  });
}
