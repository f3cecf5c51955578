import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { owned, rowsAt, type Dataset } from "../dataset/index.ts";
import { complain } from "../errors.ts";
import { hashRows, readManifest } from "./manifest.ts";
import { readRows, writeRows } from "./parquet.ts";
import type { ListRows, ListSignal, ListSignalManifest } from "./types.ts";

/** Where a list signal came from: its manifest without what the rows themselves say. */
export type ListProvenance = Omit<ListSignalManifest, "schema" | "kind" | "hash">;

/**
 * Writes lists.parquet and manifest.json into `directory`, each beside and then renamed; the manifest comes last, so
 * a folder with a manifest is whole.
 */
export async function writeListSignal(
  directory: string,
  rows: ListRows,
  provenance: ListProvenance,
): Promise<ListSignalManifest> {
  const manifest: ListSignalManifest = { schema: 1, kind: "lists", ...provenance, hash: hashRows(rows) };
  await mkdir(directory, { recursive: true });
  await replace(join(directory, "lists.parquet"), (path) => writeRows(path, rows));
  await replace(join(directory, "manifest.json"), (path) =>
    writeFile(path, `${JSON.stringify(manifest, null, 2)}\n`),
  );
  return manifest;
}

async function replace(path: string, write: (beside: string) => Promise<void>): Promise<void> {
  const beside = `${path}.part`;
  try {
    await write(beside);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/**
 * Opens a signal for the dataset it was probed with.
 * @throws UserError "conflict" when its histories and item indices refer to other data, "input" when it is damaged.
 */
export async function openListSignal(directory: string, dataset: Dataset): Promise<ListSignal> {
  const manifest = await readManifest(directory);
  if (manifest.dataset !== dataset.manifest.hash) throw otherData(directory, manifest, dataset);
  const path = join(directory, "lists.parquet");
  const rows = await readRows(path, {
    scores: manifest.teacher.scores === "ids+score",
    histories: [manifest.queries, manifest.views, manifest.rest, manifest.shuffled].some(
      (made) => made !== undefined,
    ),
  });
  if (hashRows(rows) !== manifest.hash) {
    throw complain("input", {
      where: path,
      expected: `content with hash ${manifest.hash.slice(0, 12)}, as manifest.json says`,
      got: hashRows(rows).slice(0, 12),
      fix: "Run `potstill probe` again: answers already paid for are not asked again",
    });
  }
  const { share, seed } = manifest.users;
  return { directory, manifest, owned: owned(dataset, share, seed), ...takeOffShuffled(rows) };
}

/** Nobody learns from shuffled histories, and none is a view: they come last and are kept apart. */
function takeOffShuffled(rows: ListRows): ListRows & Pick<ListSignal, "shuffled"> {
  const n = rows.view.indexOf("shuffle");
  if (n < 0) return rows;
  const [queries, apart] = [Array.from({ length: n }, (_, q) => q), [...rows.view.keys()].slice(n)];
  return {
    user: rows.user.slice(0, n),
    start: rows.start.slice(0, n),
    end: rows.end.slice(0, n),
    view: rows.view.slice(0, n),
    scale: rows.scale.slice(0, n),
    base: rows.base.slice(0, n),
    lists: rowsAt(rows.lists, queries),
    scores: rows.scores && rows.scores.slice(0, rows.lists.offsets[n]),
    ...(rows.histories && { histories: rowsAt(rows.histories, queries) }),
    shuffled: { base: rows.base.slice(n), lists: rowsAt(rows.lists, apart) },
  };
}

function otherData(
  directory: string,
  manifest: ListSignalManifest,
  { manifest: data, directory: at }: Dataset,
) {
  return complain("conflict", {
    where: directory,
    expected: `a signal of the data in ${at} (${data.hash.slice(0, 12)})`,
    got: `one of other data (${manifest.dataset.slice(0, 12)})`,
    fix: "Give the --data it was probed with, or probe this data",
  });
}
