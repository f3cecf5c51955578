import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { complain } from "../errors.ts";
import { jsonOrNull } from "./kind.ts";
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
  rest: z.literal("items").exactOptional(),
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

/** @throws UserError "not-found" for a folder without a signal, "input" for a manifest that is none. */
export async function readManifest(directory: string): Promise<ListSignalManifest> {
  const path = join(directory, "manifest.json");
  const text = await readFile(path, "utf8").catch(() => {
    throw complain("not-found", {
      where: directory,
      expected: "a folder with a finished signal",
      got: "no manifest.json",
      fix: "Run `potstill probe` with this folder as --out; an unfinished probe goes on where it stopped",
    });
  });
  const parsed = manifestSchema.safeParse(jsonOrNull(text));
  if (parsed.success) return parsed.data;
  throw complain("input", {
    where: path,
    expected: "the manifest of a lists signal",
    got: z.prettifyError(parsed.error).split("\n").slice(0, 2).join(" "),
    fix: "Run `potstill probe` again: answers already paid for are not asked again",
  });
}

const viewCodes: { readonly [V in View]: number } = {
  full: 0,
  suffix: 1,
  prefix: 2,
  drop: 3,
  item: 4,
  shuffle: 5,
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
