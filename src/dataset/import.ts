import { mkdir, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { Run } from "../events.ts";
import { draftFolder } from "../files.ts";
import { Database, readInteractions, type Reading, type ReadOptions } from "../interactions/index.ts";
import { arrange } from "./arrange.ts";
import { readTables, writeTables } from "./folder.ts";
import { datasetFolder, writeManifest } from "./manifest.ts";
import { measure } from "./measure.ts";
import type { Rules, RulesInWords } from "./rules.ts";
import { checkSplit } from "./split.ts";
import { addTitles, type TitleOptions } from "./titles.ts";
import type { DatasetManifest } from "./types.ts";

export interface ImportOptions {
  readonly source: ReadOptions;
  /** The folder to make. */
  readonly out: string;
  readonly rules: Rules;
  readonly titles?: TitleOptions;
  /** The folder's own name unless given. */
  readonly name?: string;
  /** Replace a dataset of that name. */
  readonly force?: boolean;
  /** Stops the import; nothing is left behind. */
  readonly signal?: AbortSignal;
}

/**
 * Makes a dataset folder from a file of interactions: interactions.parquet, users.parquet, items.parquet, manifest.json.
 * Rows stream through DuckDB; the folder appears whole or not at all.
 * @throws UserError that names the file and line, column or option at fault; the signal's reason where it stopped the import.
 */
export async function* importDataset(options: ImportOptions): Run<DatasetManifest> {
  checkSplit(options.rules.split);
  const { out, force = false } = options;
  const draft = await draftFolder(out, { ...datasetFolder, force });
  try {
    const scratch = join(draft.path, "scratch");
    await mkdir(scratch);
    const { reading, words } = yield* fill(draft.path, scratch, options);
    await rm(scratch, { recursive: true });
    yield { type: "stage", name: "check", total: null, unit: "files" };
    const manifest = describeImport(options, reading, words, measure(await readTables(draft.path)));
    await writeManifest(draft.path, manifest);
    await draft.publish();
    return manifest;
  } catch (error) {
    options.signal?.throwIfAborted(); // an interrupted statement fails with an error of its own
    throw error;
  } finally {
    await draft.discard();
  }
}

async function* fill(
  target: string,
  scratch: string,
  { source, rules, titles, signal }: ImportOptions,
): Run<{ reading: Reading; words: RulesInWords }> {
  const db = await Database.open(scratch);
  const stop = () => db.interrupt();
  signal?.addEventListener("abort", stop);
  try {
    yield { type: "stage", name: `read ${source.file}`, total: null, unit: "rows" };
    const reading = await readInteractions(db, source, scratch);
    yield { type: "progress", done: reading.rows };
    if (source.format === "auto") {
      yield { type: "notice", message: `Read as ${reading.format}; --format chooses another.` };
    }
    signal?.throwIfAborted();
    yield { type: "stage", name: "filter, order, split", total: null, unit: "rows" };
    const words = await arrange(db, reading, rules);
    if (titles !== undefined) await addTitles(db, titles, scratch);
    signal?.throwIfAborted();
    yield { type: "stage", name: "write", total: null, unit: "files" };
    const extra = [...(reading.hasValue ? ["value"] : []), ...(reading.hasTime ? ["time"] : [])];
    await writeTables(db, target, extra);
    return { reading, words };
  } finally {
    signal?.removeEventListener("abort", stop);
    db.close();
  }
}

function describeImport(
  { source, out, name, rules }: ImportOptions,
  { format, sha256 }: Reading,
  words: RulesInWords,
  measures: ReturnType<typeof measure>,
): DatasetManifest {
  const { hash, ...sizes } = measures;
  return {
    schema: 1,
    name: name ?? basename(resolve(out)),
    ...sizes,
    split: rules.split,
    rules: words,
    source: { file: basename(source.file), sha256, format },
    hash,
  };
}
