import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { manifestName, readManifestOf, type FolderKind } from "../manifests.ts";
import type { DatasetManifest } from "./types.ts";

/** What a dataset has, always and besides. */
export const datasetFolder = {
  what: "dataset",
  files: [manifestName, "interactions.parquet"],
  also: /^(users|items)\.parquet$/,
};

const count = z.int().min(0);
const manifestSchema: z.ZodType<DatasetManifest> = z.object({
  schema: z.literal(1),
  name: z.string(),
  counts: z.object({ users: count, items: count, interactions: count, densityPercent: z.number() }),
  lengths: z.object({ min: count, median: z.number(), mean: z.number(), max: count }),
  parts: z.object({ train: count, valid: count, test: count }),
  split: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("leave-one-out") }),
    z.object({
      kind: z.literal("ratio"),
      train: z.number(),
      valid: z.number(),
      order: z.enum(["stored", "random"]),
      seed: z.number(),
    }),
    z.object({ kind: z.literal("given") }),
    z.object({ kind: z.literal("temporal"), valid: z.number(), test: z.number() }),
  ]),
  rules: z.object({ filter: z.string(), duplicates: z.string(), order: z.string() }),
  source: z.object({ file: z.string(), sha256: z.string(), format: z.string() }),
  hash: z.string(),
});

export async function writeManifest(directory: string, manifest: DatasetManifest): Promise<void> {
  await writeFile(join(directory, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
}

const make = "Make one with: potstill data import <file> --out <folder>";
const kind: FolderKind<DatasetManifest> = {
  noun: "dataset",
  schema: manifestSchema,
  files: ["interactions.parquet"],
  fix: { give: "Give the folder that potstill data import wrote", make, again: "Import the data again" },
};

/** @throws UserError "not-found" where there is no dataset, "input" where its manifest is not one. */
export async function readManifest(directory: string): Promise<DatasetManifest> {
  return readManifestOf(directory, kind);
}
