/** Which signal a folder holds. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { manifestName, readManifestOf, type FolderKind } from "../manifests.ts";

const kinds = z.object({ kind: z.enum(["lists", "factors", "trajectory"]) });

const signal: FolderKind<z.output<typeof kinds>> = {
  noun: "signal",
  schema: kinds,
  files: ["lists.parquet", "ledger.duckdb", "factors.safetensors", "0-0.safetensors"],
  fix: {
    give: "Give the folder that potstill probe, factors or trajectory wrote",
    make: "Make one with potstill probe, factors or trajectory",
    again: "Make it again with potstill probe, factors or trajectory",
  },
};

/**
 * @returns the kind of signal in a folder, by its manifest.
 * @throws UserError "not-found" where there is none, "input" where it is of no kind.
 */
export async function signalKind(directory: string): Promise<z.output<typeof kinds>["kind"]> {
  return (await readSignalManifest(directory, signal)).kind;
}

/** {@link readManifestOf}, but of a bundle that was trained with --trajectory the fix names the signal in it. */
export async function readSignalManifest<T>(directory: string, kind: FolderKind<T>): Promise<T> {
  const inside = join(directory, "trajectory");
  const give = existsSync(join(inside, manifestName)) ? `Give ${inside}` : kind.fix.give;
  return readManifestOf(directory, { ...kind, fix: { ...kind.fix, give } });
}
