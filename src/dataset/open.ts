import { complain } from "../errors.ts";
import { readTables } from "./folder.ts";
import { readManifest } from "./manifest.ts";
import { measure } from "./measure.ts";
import type { Dataset } from "./types.ts";

/**
 * Reads a dataset folder whole: 4 bytes an interaction stay in memory.
 * @throws UserError "not-found" or "input": no dataset there, a broken file, or content that is not what the manifest says.
 */
export async function openDataset(directory: string): Promise<Dataset> {
  const manifest = await readManifest(directory);
  const tables = await readTables(directory);
  const { counts, hash } = measure(tables);
  if (hash === manifest.hash) return { directory, manifest, ...tables };
  const say = ({ users, items, interactions }: typeof counts) =>
    `${users} users, ${items} items, ${interactions} interactions`;
  throw complain("input", {
    where: directory,
    expected: `${say(manifest.counts)} with hash ${manifest.hash.slice(0, 12)}, as its manifest says`,
    got: `${say(counts)} with hash ${hash.slice(0, 12)}`,
    fix: "Import the data again",
  });
}
