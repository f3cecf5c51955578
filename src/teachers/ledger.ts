import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { DuckDBAppender, DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { duckdb } from "../duckdb.ts";
import { complain, type UserError } from "../errors.ts";
import { refuseForeign } from "../files.ts";

/** What tells the folder of a probe. */
export const probeFiles = ["ledger.duckdb", "lists.parquet"];

/**
 * - answered: paid, with a list
 * - bad: paid, but not readable; never asked again
 * - failed: not paid; asked again by the next run
 */
export type Outcome = "answered" | "bad" | "failed";

export interface LedgerEntry {
  /** Names the question: teacher, k and history. */
  readonly key: string;
  readonly outcome: Outcome;
  /** As the teacher gave them. */
  readonly ids: readonly string[];
  readonly scores: readonly number[] | null;
  readonly version: string | null;
  /** Why there is no list. */
  readonly reason: string | null;
  readonly retries: number;
}

/**
 * Every answer of a teacher, on disk before it counts: `ledger.duckdb` in the signal's folder. Answers that arrive
 * together are committed together. One process at a time.
 */
export class Ledger {
  readonly #path: string;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  #waiting: Waiting[] = [];

  private constructor(path: string, instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#path = path;
    this.#instance = instance;
    this.#connection = connection;
  }

  /** @throws UserError "conflict" while another probe has it open or where a folder holds something else, "input" for a file that is no ledger. */
  static async open(directory: string): Promise<Ledger> {
    await refuseForeign(directory, probeFiles);
    return Ledger.#open(directory, async (path) => {
      await mkdir(directory, { recursive: true });
      const ledger = await Ledger.#connect(path, "READ_WRITE");
      await ledger.#connection.run(
        `CREATE TABLE IF NOT EXISTS answers (teacher VARCHAR, key VARCHAR, outcome VARCHAR, ids VARCHAR,
         scores VARCHAR, version VARCHAR, reason VARCHAR, retries INTEGER)`,
      );
      return ledger;
    });
  }

  /** @returns the ledger of a folder to read from, null where there is none; nothing is made or written. @throws as `open` */
  static async read(directory: string): Promise<Ledger | null> {
    if (!existsSync(pathIn(directory))) return null;
    return Ledger.#open(directory, (path) => Ledger.#connect(path, "READ_ONLY"));
  }

  static async #connect(path: string, mode: "READ_WRITE" | "READ_ONLY"): Promise<Ledger> {
    const { DuckDBInstance: Instance } = await duckdb();
    const instance = await Instance.create(path, { threads: "1", access_mode: mode });
    return new Ledger(path, instance, await instance.connect());
  }

  static async #open(directory: string, connect: (path: string) => Promise<Ledger>): Promise<Ledger> {
    const path = pathIn(directory);
    if (openHere.has(path)) throw inUse(directory);
    openHere.add(path);
    try {
      return await connect(path);
    } catch (error) {
      openHere.delete(path);
      throw notOpened(path, directory, error);
    }
  }

  /** @returns the keys that were paid and need not be asked again, and the version that answered last. */
  async settled(teacher: string): Promise<{ keys: Set<string>; version: string | null }> {
    const reader = await this.#connection.runAndReadAll(
      "SELECT key, version FROM answers WHERE teacher = $1 AND outcome <> 'failed' ORDER BY rowid",
      [teacher],
    );
    const [keys = [], versions = []] = reader.getColumns() as [string[]?, (string | null)[]?]; // none when empty
    return { keys: new Set(keys), version: versions.findLast((version) => version !== null) ?? null };
  }

  /** What is recorded for a teacher, oldest first. @param keys of these questions alone */
  async *entries(teacher: string, keys?: readonly string[]): AsyncGenerator<LedgerEntry> {
    const among = keys === undefined ? "" : "AND key IN (SELECT unnest($2::VARCHAR[]))";
    const result = await this.#connection.stream(
      `SELECT key, outcome, ids, scores, version, reason, retries FROM answers WHERE teacher = $1 ${among} ORDER BY rowid`,
      keys === undefined ? [teacher] : [teacher, `[${keys.join()}]`],
    );
    for await (const chunk of result) {
      for (const row of chunk.getRows() as Row[]) {
        const [key, outcome, ids, scores, version, reason, retries] = row;
        yield {
          key,
          outcome,
          ids: JSON.parse(ids) as string[],
          scores: JSON.parse(scores) as number[] | null,
          version,
          reason,
          retries,
        };
      }
    }
  }

  /** Settles when the entry is on disk. @throws UserError "io" where it cannot be written. */
  record(teacher: string, entry: LedgerEntry): Promise<void> {
    return new Promise((done, failed) => {
      if (this.#waiting.length === 0) setImmediate(() => void this.#commit());
      this.#waiting.push({ entry, teacher, done, failed });
    });
  }

  /** One transaction for all that arrived since the last; the appender commits when it closes. */
  async #commit(): Promise<void> {
    const group = this.#waiting;
    this.#waiting = [];
    try {
      const appender = await this.#connection.createAppender("answers");
      for (const { entry, teacher } of group) append(appender, teacher, entry);
      appender.closeSync();
      for (const { done } of group) done();
    } catch (error) {
      const refused = notWritten(this.#path, error);
      for (const { failed } of group) failed(refused);
    }
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
    openHere.delete(this.#path);
  }
}

interface Waiting {
  readonly entry: LedgerEntry;
  readonly teacher: string;
  readonly done: () => void;
  readonly failed: (error: UserError) => void;
}

const pathIn = (directory: string): string => join(resolve(directory), "ledger.duckdb");

/** DuckDB locks its file against other processes, but not against a second opening in this one. */
const openHere = new Set<string>();

type Row = [string, Outcome, string, string, string | null, string | null, number];

function append(appender: DuckDBAppender, teacher: string, entry: LedgerEntry): void {
  const text = (value: string | null) =>
    value === null ? appender.appendNull() : appender.appendVarchar(value);
  text(teacher);
  text(entry.key);
  text(entry.outcome);
  text(JSON.stringify(entry.ids)); // as text: list values are boxed one by one and cost ten times as much
  text(JSON.stringify(entry.scores));
  text(entry.version);
  text(entry.reason);
  appender.appendInteger(entry.retries);
  appender.endRow();
}

function notOpened(path: string, directory: string, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes("lock")) return inUse(directory);
  return complain("input", {
    where: path,
    expected: "a ledger that can be opened",
    got: message.split("\n")[0]!,
    fix: "Choose another --out, or move the file away; answers in it would be paid again",
  });
}

function inUse(directory: string): UserError {
  return complain("conflict", {
    where: directory,
    expected: "a folder no other probe is writing to",
    got: "one in use",
    fix: "Wait for the other probe, or choose another --out",
  });
}

function notWritten(path: string, error: unknown): UserError {
  return complain("io", {
    where: path,
    expected: "to record an answer",
    got: error instanceof Error ? error.message : String(error),
    fix: "Free some space and run the same command again: recorded answers are not asked again",
  });
}
