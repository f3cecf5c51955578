/** Datasets from histories in memory, for shops that were made rather than imported. */
import { basename, resolve } from "node:path";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { draftFolder } from "../files.ts";
import { Database } from "../interactions/index.ts";
import { parts, writeTables, type Tables } from "./folder.ts";
import { datasetFolder, writeManifest } from "./manifest.ts";
import { measure } from "./measure.ts";
import { fromLists, row, rows } from "./sequences.ts";
import { cuts } from "./split.ts";
import type { Dataset, SplitRule, Vocabulary } from "./types.ts";
import { makeVocabulary } from "./vocabulary.ts";

export interface ListOptions {
  readonly name?: string;
  /** Catalogue size; the highest item + 1 unless given. */
  readonly items?: number;
  /** Titles by item index. */
  readonly titles?: readonly string[];
  readonly split?: { kind: "leave-one-out" } | { kind: "ratio"; train: number; valid: number };
}

/**
 * @param histories a list of item indices per user, oldest first, without repeats.
 * @returns a dataset that is on no disk: ids are the indices, the directory is "".
 */
export function datasetFromLists(
  histories: readonly ArrayLike<number>[],
  options: ListOptions = {},
): Dataset {
  const rule: SplitRule =
    options.split?.kind === "ratio"
      ? { ...options.split, order: "stored", seed: 0 }
      : { kind: "leave-one-out" };
  const all = fromLists(histories);
  const items = options.items ?? all.items.reduce((most, item) => Math.max(most, item), -1) + 1;
  const part = (from: (n: number) => number, to: (n: number) => number) =>
    fromLists(histories.map((_, u) => row(all, u).subarray(from(length(u)), to(length(u)))));
  const length = (u: number) => histories[u]!.length;
  const tables: Tables = {
    users: numbered(histories.length),
    items: numbered(items, options.titles),
    train: part(
      () => 0,
      (n) => cuts(rule, n).train,
    ),
    valid: part(
      (n) => cuts(rule, n).train,
      (n) => cuts(rule, n).valid,
    ),
    test: part(
      (n) => cuts(rule, n).valid,
      (n) => n,
    ),
  };
  return { directory: "", manifest: describeLists(tables, rule, options.name ?? "made"), ...tables };
}

function numbered(size: number, titles?: readonly string[]): Vocabulary {
  return makeVocabulary(
    Array.from({ length: size }, (_, index) => String(index)),
    titles,
  );
}

function describeLists(tables: Tables, split: SplitRule, name: string): Dataset["manifest"] {
  const { hash, ...sizes } = measure(tables);
  return {
    schema: 1,
    name,
    ...sizes,
    split,
    rules: { filter: "none", duplicates: "none", order: "as given" },
    source: { file: "", sha256: "", format: "lists" },
    hash,
  };
}

/**
 * Writes a dataset as a folder that {@link openDataset} reads; it is named after the folder unless said.
 * @throws UserError "conflict" where the folder is in the way and not forced.
 */
export async function writeDataset(
  dataset: Dataset,
  directory: string,
  { force = false, name = basename(resolve(directory)) } = {},
): Promise<Dataset> {
  const draft = await draftFolder(directory, { ...datasetFolder, force });
  try {
    const scratch = join(draft.path, "scratch");
    await mkdir(scratch);
    await fill(dataset, draft.path, scratch);
    await rm(scratch, { recursive: true });
    const manifest = { ...dataset.manifest, name };
    await writeManifest(draft.path, manifest);
    await draft.publish();
    return { ...dataset, directory, manifest };
  } finally {
    await draft.discard();
  }
}

async function fill(dataset: Dataset, target: string, scratch: string): Promise<void> {
  const db = await Database.open(scratch);
  try {
    await db.run('CREATE TABLE users ("index" INTEGER, id VARCHAR)');
    await db.run('CREATE TABLE items ("index" INTEGER, id VARCHAR, title VARCHAR)');
    await db.run('CREATE TABLE arranged ("user" INTEGER, item INTEGER, position INTEGER, part UTINYINT)');
    await fillVocabulary(db, "users", dataset.users, false);
    await fillVocabulary(db, "items", dataset.items, true);
    await fillInteractions(db, dataset);
    await writeTables(db, target, []);
  } finally {
    db.close();
  }
}

async function fillVocabulary(db: Database, table: string, vocabulary: Vocabulary, titled: boolean) {
  await db.append(table, vocabulary.size, (to, index) => {
    to.appendInteger(index);
    to.appendVarchar(vocabulary.id(index));
    const title = vocabulary.title(index);
    if (titled && title === undefined) to.appendNull();
    else if (titled) to.appendVarchar(title!);
  });
}

async function fillInteractions(db: Database, dataset: Dataset): Promise<void> {
  const of = (u: number) =>
    parts.flatMap((name, part) => Array.from(row(dataset[name], u), (item) => ({ item, part })));
  const flat = Array.from({ length: rows(dataset.train) }, (_, user) =>
    of(user).map((each, position) => ({ user, position, ...each })),
  ).flat();
  await db.append("arranged", flat.length, (to, r) => {
    const { user, item, position, part } = flat[r]!;
    to.appendInteger(user);
    to.appendInteger(item);
    to.appendInteger(position);
    to.appendUTinyInt(part);
  });
}
