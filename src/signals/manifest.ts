import { createHash } from "node:crypto";
import * as z from "zod";
import { readManifestOf, type FolderKind } from "../manifests.ts";
import type { ListRows, ListSignalManifest, View } from "./types.ts";

const count = z.int().nonnegative();

const manifestSchema = z.object({
  schema: z.literal(1),
  kind: z.literal("lists"),
  dataset: z.string(),
  teacher: z.object({
    name: z.string(),
    endpoint: z.string(),
    version: z.string(),
    scores: z.enum(["ids", "ids+score"]),
  }),
  k: z.int().positive(),
  scales: z.array(z.number()),
  views: z.literal("drop").exactOptional(),
  rest: z.enum(["items", "walks"]).exactOptional(),
  users: z.object({ share: z.number(), seed: z.number(), count, pilot: count.exactOptional() }),
  queries: z
    .object({ kind: z.enum(["random", "autoregressive"]), seed: z.number(), maxLength: count })
    .exactOptional(),
  shuffled: count.exactOptional(),
  counts: z.object({
    planned: count,
    paid: count,
    cached: count,
    failed: count,
    retries: count,
    unknownIds: count,
    duplicateIds: count,
    shortLists: count,
    badAnswers: count,
    seenIds: count.exactOptional(),
    reasons: z.record(z.string(), count).exactOptional(),
    left: count.exactOptional(),
  }),
  hash: z.string(),
});

const kind: FolderKind<ListSignalManifest> = {
  noun: "lists signal",
  schema: manifestSchema,
  files: ["lists.parquet", "ledger.duckdb"],
  fix: {
    give: "Give the folder that potstill probe wrote",
    make: "Run `potstill probe` with this folder as --out; an unfinished probe goes on where it stopped",
    again: "Run `potstill probe` again: answers already paid for are not asked again",
  },
};

/** @throws UserError "not-found" for a folder without a signal, "input" for a manifest that is none. */
export async function readManifest(directory: string): Promise<ListSignalManifest> {
  return readManifestOf(directory, kind);
}

const viewCodes: { readonly [V in View]: number } = {
  full: 0,
  suffix: 1,
  prefix: 2,
  drop: 3,
  item: 4,
  shuffle: 5,
  walk: 6,
};

/** @returns sha256 of the queries and their answers, independent of how the file is encoded. */
export function hashRows(rows: ListRows): string {
  const hash = createHash("sha256");
  const columns = [
    rows.user,
    rows.start,
    rows.end,
    Uint8Array.from(rows.view, (view) => viewCodes[view]),
    rows.scale,
    rows.base,
    rows.lists.offsets,
    rows.lists.items,
    rows.scores ?? new Float32Array(0),
    ...(rows.histories === undefined ? [] : [rows.histories.offsets, rows.histories.items]),
  ];
  for (const column of columns) hash.update(column).update("|");
  return hash.digest("hex");
}
