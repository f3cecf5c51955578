/** The files of a bundle besides the model. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import * as z from "zod";
import { makeVocabulary, type Vocabulary } from "../dataset/index.ts";
import { complain } from "../errors.ts";
import { foundInstead } from "../files.ts";
import { bundleFolder, fromJson, readManifestOf } from "../manifests.ts";
import type { BundleManifest } from "./types.ts";

const manifestSchema = z.object({
  schema: z.literal(1),
  name: z.string(),
  model: z.string(),
  options: z.record(z.string(), z.unknown()),
  sizes: z.object({ users: z.int(), items: z.int().min(1), parameters: z.int() }),
  input: z.enum(["history", "user-or-history"]),
  maxLength: z.int().min(1),
  dataset: z.object({ name: z.string(), hash: z.string() }),
  training: z.record(z.string(), z.unknown()),
  parity: z.object({ maxAbsDifference: z.number(), sameTopK: z.boolean(), histories: z.int() }),
  weightsSha256: z.string(),
  modelSha256: z.string().exactOptional(),
  created: z.string(),
}) satisfies z.ZodType<BundleManifest>;

const vocabularySchema = z.object({
  ids: z.array(z.string()),
  titles: z.array(z.string().nullable()).optional(),
});

const { again } = bundleFolder.fix;

export async function readManifest(directory: string): Promise<BundleManifest> {
  return readManifestOf(directory, { ...bundleFolder, schema: manifestSchema });
}

export async function readVocabulary(path: string, size: number): Promise<Vocabulary> {
  const expected = "the vocabulary of a bundle";
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw complain("not-found", { where: path, expected, got: foundInstead(cause), fix: again }, { cause });
  });
  const { ids, titles } = fromJson(text, vocabularySchema, (got) => broken(path, expected, got));
  if (ids.length !== size) throw broken(path, `${size} ids, as the manifest says`, `${ids.length}`);
  return makeVocabulary(
    ids,
    titles?.map((t) => t ?? undefined),
  );
}

/** @throws UserError "conflict" where the model is not the one that was exported with the manifest. */
export async function requireModelOf(path: string, { modelSha256 }: BundleManifest): Promise<void> {
  if (modelSha256 === undefined) return;
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  const found = hash.digest("hex");
  if (found === modelSha256) return;
  throw complain("conflict", {
    where: path,
    expected: `the model that manifest.json names (sha256 ${modelSha256.slice(0, 12)})`,
    got: `another (${found.slice(0, 12)})`,
    fix: again,
  });
}

/** What {@link readVocabulary} reads. */
export function vocabularyFile(vocabulary: Vocabulary): string {
  const index = Array.from({ length: vocabulary.size }, (_, i) => i);
  const titles = index.map((i) => vocabulary.title(i) ?? null);
  const ids = index.map((i) => vocabulary.id(i));
  return JSON.stringify(titles.some((t) => t !== null) ? { ids, titles } : { ids });
}

const broken = (where: string, expected: string, got: string) =>
  complain("input", { where, expected, got, fix: again });
