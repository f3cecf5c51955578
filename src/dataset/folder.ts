/** The Parquet files of a dataset folder: interactions, users and items. */
import { join } from "node:path";
import { complain } from "../errors.ts";
import { Database, literal } from "../interactions/index.ts";
import type { Sequences, Vocabulary } from "./types.ts";
import { makeVocabulary } from "./vocabulary.ts";

export const parts = ["train", "valid", "test"] as const;

/** What a folder holds besides its manifest. */
export interface Tables {
  readonly users: Vocabulary;
  readonly items: Vocabulary;
  readonly train: Sequences;
  readonly valid: Sequences;
  readonly test: Sequences;
}

/** Writes the tables `arranged`, `users` and `items` (with `title` where there are titles) as Parquet. */
export async function writeTables(db: Database, directory: string, extra: readonly string[]): Promise<void> {
  const columns = ['"user"', "item", "position", "part", ...extra].join(", ");
  const titled = (await db.count("duckdb_columns()", "table_name = 'items' AND column_name = 'title'")) > 0;
  const copy = async (select: string, file: string): Promise<void> => {
    const path = join(directory, file);
    await db
      .run(`COPY (${select}) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd)`)
      .catch((error: unknown) => {
        throw cannotWrite(file, error);
      });
  };
  await copy(`SELECT ${columns} FROM arranged ORDER BY "user", position`, "interactions.parquet");
  await copy(`SELECT "index", id FROM users ORDER BY "index"`, "users.parquet");
  await copy(`SELECT "index", id${titled ? ", title" : ""} FROM items ORDER BY "index"`, "items.parquet");
}

function cannotWrite(where: string, error: unknown): unknown {
  if (!(error instanceof Error) || !error.message.startsWith("IO Error")) return error;
  const got = error.message.split("\n")[0]!.replace(/^IO Error: /, "");
  const fix = "Free some space, or choose another place";
  return complain("io", { where, expected: "room and permission to write", got, fix }, { cause: error });
}

/**
 * Reads a folder's Parquet files in columnar chunks.
 * @throws UserError "input" that names the file that is missing, truncated or inconsistent.
 */
export async function readTables(directory: string): Promise<Tables> {
  const db = await Database.open(directory);
  try {
    const users = await readVocabulary(db, join(directory, "users.parquet"));
    const items = await readVocabulary(db, join(directory, "items.parquet"));
    return { users, items, ...(await readParts(db, directory, users.size, items.size)) };
  } finally {
    db.close();
  }
}

async function readVocabulary(db: Database, file: string): Promise<Vocabulary> {
  const ids: string[] = [];
  const titles: (string | null)[] = [];
  await reading(file, async () => {
    for await (const chunk of db.chunks(`FROM read_parquet(${literal(file)}) ORDER BY "index"`)) {
      ids.push(...(chunk.getColumnValues(1) as string[]));
      if (chunk.columnCount > 2) titles.push(...(chunk.getColumnValues(2) as (string | null)[]));
    }
  });
  return makeVocabulary(ids, titles.length > 0 ? titles : undefined);
}

type Columns = Record<"user" | "item" | "part", Int32Array>;

async function readParts(db: Database, directory: string, users: number, items: number) {
  const file = join(directory, "interactions.parquet");
  const columns = await reading(file, () => readColumns(db, file));
  if (columns.user.some((user) => user < 0 || user >= users)) throw broken(file, "a user without an id");
  if (columns.item.some((item) => item < 0 || item >= items)) throw broken(file, "an item without an id");
  const [train, valid, test] = parts.map((_, part) => pack(columns, part, users));
  return { train: train!, valid: valid!, test: test! };
}

async function readColumns(db: Database, file: string): Promise<Columns> {
  const from = `FROM read_parquet(${literal(file)})`;
  const { n } = await db.one<{ n: number }>(`SELECT count(*)::DOUBLE AS n ${from}`);
  const columns = { user: new Int32Array(n), item: new Int32Array(n), part: new Int32Array(n) };
  let at = 0;
  for await (const chunk of db.chunks(`SELECT "user"::INTEGER, item::INTEGER, part::INTEGER ${from}`)) {
    [columns.user, columns.item, columns.part].forEach((column, c) => {
      column.set(integers(chunk.getColumnVector(c)), at);
    });
    at += chunk.rowCount;
  }
  return columns;
}

/** DuckDB's own array behind an INTEGER vector, without a copy. */
function integers(vector: unknown): Int32Array {
  return (vector as { items: Int32Array }).items;
}

/** Rows of one part; the columns are in the order of users and positions. */
function pack({ user, item, part }: Columns, wanted: number, users: number): Sequences {
  const offsets = new Int32Array(users + 1);
  for (let r = 0; r < part.length; r++) if (part[r] === wanted) offsets[user[r]! + 1]!++;
  for (let u = 0; u < users; u++) offsets[u + 1]! += offsets[u]!;
  const items = new Int32Array(offsets[users]!);
  const next = offsets.slice(0, users);
  for (let r = 0; r < part.length; r++) if (part[r] === wanted) items[next[user[r]!]!++] = item[r]!;
  return { offsets, items };
}

async function reading<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw broken(file, error instanceof Error ? error.message.split("\n")[0]! : String(error), error);
  }
}

function broken(file: string, got: string, cause?: unknown): Error {
  return complain(
    "input",
    { where: file, expected: "a complete Parquet file of this dataset", got, fix: "Import the data again" },
    { cause },
  );
}
