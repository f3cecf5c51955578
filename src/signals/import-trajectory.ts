/** A `trajectory` signal from a file of rows (teacher, state, user, rank, item), ids as the dataset has them. */
import { tmpdir } from "node:os";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { idsOf, type Dataset, type Vocabulary } from "../dataset/index.ts";
import { complain } from "../errors.ts";
import { Database, literal, readTable, type TableRead } from "../interactions/index.ts";
import { placeRows, type Placed } from "./place-rows.ts";
import type { Trajectory } from "./types.ts";

/** Ids that the dataset does not have. */
export interface Unknown {
  readonly ids: number;
  readonly rows: number;
  /** Up to three of them. */
  readonly such: readonly string[];
}

export interface TrajectoryCounts {
  readonly rows: number;
  readonly unknownUsers: Unknown;
  readonly unknownItems: Unknown;
  /** Rows of items that the user has in training: they order these and are in no list. */
  readonly training: number;
  /** Of each teacher the longest list: all are cut to the shortest of these. */
  readonly longest: Readonly<Record<string, number>>;
}

export interface ImportedTrajectory {
  readonly trajectory: Trajectory;
  readonly counts: TrajectoryCounts;
}

/**
 * Reads a .csv, .jsonl or .parquet file. A rank counts from 1; a state is a number, its epoch for example, and the states
 * of a teacher come in ascending order. Rows of unknown users and items are left out, and the lists close up.
 * @throws UserError "not-found" or "input" that names the first bad row, a repeated rank or item, or teachers of
 *   different numbers of states.
 */
export async function importTrajectory(file: string, dataset: Dataset): Promise<ImportedTrajectory> {
  const scratch = await mkdtemp(join(tmpdir(), "potstill-"));
  try {
    const db = await Database.open(scratch);
    try {
      const read = await readTable(db, file, ["teacher", "state", "user", "rank", "item"], scratch);
      return await collect(db, file, read, dataset);
    } finally {
      db.close();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function collect(
  db: Database,
  file: string,
  { sha256, place }: TableRead,
  dataset: Dataset,
): Promise<ImportedTrajectory> {
  await refuseBadRows(db, file, place);
  const rows = await lookUp(db, dataset);
  await refuseRepeated(db, file, "rank");
  await refuseRepeated(db, file, "item");
  const teachers = await teachersOf(db, file);
  const placed: Placed[][] = [];
  for (const { name, epochs } of teachers) {
    const own: Placed[] = [];
    for (const epoch of epochs) own.push(placeRows(await knownRows(db, name, epoch), dataset));
    placed.push(own);
  }
  const longest = placed.map((own) => Math.max(...own.map((state) => state.longest)));
  const k = Math.min(...longest);
  const counts = {
    rows,
    unknownUsers: await unknown(db, "user", "u"),
    unknownItems: await unknown(db, "item", "i"),
    training: placed.flat().reduce((sum, { training }) => sum + training, 0),
    longest: Object.fromEntries(teachers.map(({ name }, x) => [name, longest[x]!])),
  };
  if (k === 0) throw nothingLeft(file, counts);
  const version = sha256.slice(0, 12);
  return {
    trajectory: {
      k,
      teachers: teachers.map((teacher) => ({ ...teacher, source: file, version })),
      states: placed.map((own) =>
        own.map((state) => ({ lists: state.lists(k), own: state.own, spread: null })),
      ),
    },
    counts,
  };
}

/** Makes of the table `raw` the table `said`, with indices of users and items. @returns how many rows it has */
async function lookUp(db: Database, dataset: Dataset): Promise<number> {
  await addKnown(db, "users", dataset.users);
  await addKnown(db, "items", dataset.items);
  await db.run(
    `CREATE TABLE said AS SELECT teacher, state::INTEGER AS state, rank::INTEGER AS rank, "user", item,
       users.i AS u, items.i AS i, raw.rowid AS n
     FROM raw LEFT JOIN users ON users.id = "user" LEFT JOIN items ON items.id = item`,
  );
  await db.run("DROP TABLE raw");
  return db.count("said");
}

/** The table of an id's index. */
async function addKnown(db: Database, table: string, vocabulary: Vocabulary): Promise<void> {
  const ids = idsOf(vocabulary);
  await db.run(`CREATE TABLE ${table} (id VARCHAR, i INTEGER)`);
  await db.append(table, ids.length, (append, r) => {
    append.appendVarchar(ids[r]!);
    append.appendInteger(r);
  });
}

const expectations = {
  teacher: "the name of a teacher",
  state: "a state, a whole number of at least 0",
  user: "a user",
  rank: "a rank, a whole number of at least 1",
  item: "an item",
} as const;

async function refuseBadRows(db: Database, file: string, place: TableRead["place"]): Promise<void> {
  const empty = (cell: string) => `WHEN coalesce("${cell}", '') = '' THEN '${cell}'`;
  const number = (cell: string, least: number) =>
    `WHEN NOT regexp_full_match(coalesce(${cell}, ''), '[0-9]{1,9}') OR ${cell}::INTEGER < ${least} THEN '${cell}'`;
  const [bad] = await db.rows<{ row: number; cell: keyof typeof expectations; got: string | null }>(
    `SELECT rowid::DOUBLE AS row, CASE ${empty("teacher")} ${empty("user")} ${empty("item")}
       ${number("state", 0)} ${number("rank", 1)} END AS cell,
       CASE cell WHEN 'state' THEN state WHEN 'rank' THEN rank END AS got
     FROM raw WHERE cell IS NOT NULL ORDER BY rowid LIMIT 1`,
  );
  if (bad !== undefined) {
    const got = (bad.got ?? "") === "" ? "nothing" : JSON.stringify(bad.got);
    throw wrong(`${file}, ${place(bad.row)}`, expectations[bad.cell], got, "Correct the row");
  }
  if ((await db.count("raw")) === 0) throw wrong(file, "rows", "none", "Name a file with rows");
}

async function refuseRepeated(db: Database, file: string, what: "rank" | "item"): Promise<void> {
  const [twice] = await db.rows<{ teacher: string; state: number; user: string; it: string; times: number }>(
    `SELECT teacher, state, "user", ${what}::VARCHAR AS it, count(*)::DOUBLE AS times FROM said
     GROUP BY teacher, state, "user", ${what} HAVING count(*) > 1 ORDER BY min(n) LIMIT 1`,
  );
  if (twice === undefined) return;
  const { teacher, state, user, it, times } = twice;
  throw wrong(
    file,
    `each ${what} once in a list`,
    `${what} ${it} ${times} times in that of user ${user} by teacher ${teacher} at state ${state}`,
    "Leave out all but one of them",
  );
}

async function teachersOf(db: Database, file: string): Promise<{ name: string; epochs: number[] }[]> {
  const found = await db.rows<{ name: string; state: number }>(
    `SELECT teacher AS name, state FROM said GROUP BY teacher, state
     ORDER BY min(min(n)) OVER (PARTITION BY teacher), state`,
  );
  const names = [...new Set(found.map(({ name }) => name))];
  const teachers = names.map((name) => ({
    name,
    epochs: found.filter((each) => each.name === name).map(({ state }) => state),
  }));
  if (teachers.every(({ epochs }) => epochs.length === teachers[0]!.epochs.length)) return teachers;
  const say = teachers.map(({ name, epochs }) => `${name} at ${epochs.join(", ")}`);
  throw wrong(file, "as many states of every teacher", say.join("; "), "Add the states that are missing");
}

/** @returns [2 n] user and item of the rows that are known, in the order of users and ranks. */
async function knownRows(db: Database, teacher: string, state: number): Promise<Int32Array> {
  const where = `teacher = ${literal(teacher)} AND state = ${state} AND u IS NOT NULL AND i IS NOT NULL`;
  const pairs = new Int32Array(2 * (await db.count("said", where)));
  let at = 0;
  for await (const chunk of db.chunks(`SELECT u, i FROM said WHERE ${where} ORDER BY u, rank`)) {
    const [u, i] = [chunk.getColumnVector(0), chunk.getColumnVector(1)];
    for (let r = 0; r < chunk.rowCount; r++) {
      pairs[at++] = Number(u.getItem(r));
      pairs[at++] = Number(i.getItem(r));
    }
  }
  return pairs;
}

async function unknown(db: Database, id: "user" | "item", index: "u" | "i"): Promise<Unknown> {
  const counts = await db.one<{ ids: number; rows: number }>(
    `SELECT count(DISTINCT "${id}")::DOUBLE AS ids, count(*)::DOUBLE AS rows FROM said WHERE ${index} IS NULL`,
  );
  const such = await db.rows<{ id: string }>(
    `SELECT "${id}" AS id FROM said WHERE ${index} IS NULL GROUP BY "${id}" ORDER BY min(n) LIMIT 3`,
  );
  return { ...counts, such: such.map((row) => row.id) };
}

function nothingLeft(
  file: string,
  { unknownUsers, unknownItems, training, longest }: TrajectoryCounts,
): Error {
  const empty = Object.keys(longest).filter((name) => longest[name] === 0);
  const named = [...unknownUsers.such, ...unknownItems.such].slice(0, 3).join(", ");
  return wrong(
    file,
    "known users and items that they have not met in training, of every teacher",
    `none of ${empty.join(", ")}: ${training} rows of training items, unknown ids${named === "" ? " none" : ` such as ${named}`}`,
    "Write ids as the dataset's source has them",
  );
}

const wrong = (where: string, expected: string, got: string, fix: string) =>
  complain("input", { where, expected, got, fix });
