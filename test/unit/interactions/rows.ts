import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Database,
  readInteractions,
  type Reading,
  type ReadOptions,
} from "../../../src/interactions/index.ts";

export interface Rows {
  reading: Reading;
  rows: (readonly [user: string, item: string, value: number | null, time: number | null])[];
}

/** Reads a file into plain rows, in stored order. */
export async function readRows(options: ReadOptions): Promise<Rows> {
  const folder = await mkdtemp(join(tmpdir(), "potstill-rows-"));
  const db = await Database.open(folder);
  try {
    const reading = await readInteractions(db, options, folder);
    const rows = await db.rows<{ user: string; item: string; value: number | null; time: number | null }>(
      'SELECT "user", item, value, time FROM interactions ORDER BY rowid',
    );
    return { reading, rows: rows.map(({ user, item, value, time }) => [user, item, value, time] as const) };
  } finally {
    db.close();
    await rm(folder, { recursive: true });
  }
}
