/** The files of a bundle besides the model. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { makeVocabulary, type Vocabulary } from "../dataset/index.ts";
import { complain } from "../errors.ts";
import { foundInstead } from "../files.ts";
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
  created: z.string(),
}) satisfies z.ZodType<BundleManifest>;

const vocabularySchema = z.object({
  ids: z.array(z.string()),
  titles: z.array(z.string().nullable()).optional(),
});

export async function readManifest(directory: string): Promise<BundleManifest> {
  return parse(join(directory, "manifest.json"), manifestSchema, "the manifest of a bundle");
}

export async function readVocabulary(path: string, size: number): Promise<Vocabulary> {
  const { ids, titles } = await parse(path, vocabularySchema, "the vocabulary of a bundle");
  if (ids.length !== size) throw broken(path, `${size} ids, as the manifest says`, `${ids.length}`);
  return makeVocabulary(
    ids,
    titles?.map((t) => t ?? undefined),
  );
}

/** What {@link readVocabulary} reads. */
export function vocabularyFile(vocabulary: Vocabulary): string {
  const index = Array.from({ length: vocabulary.size }, (_, i) => i);
  const titles = index.map((i) => vocabulary.title(i) ?? null);
  const ids = index.map((i) => vocabulary.id(i));
  return JSON.stringify(titles.some((t) => t !== null) ? { ids, titles } : { ids });
}

async function parse<T>(path: string, schema: z.ZodType<T>, what: string): Promise<T> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw complain(
      "not-found",
      {
        where: path,
        expected: what,
        got: foundInstead(error),
        fix: "Give the folder that train or distill wrote",
      },
      { cause: error },
    );
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw broken(path, what, "something that is not JSON");
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw broken(path, what, `${issue.path.join(".") || "a value"}: ${issue.message}`);
}

const broken = (where: string, expected: string, got: string) =>
  complain("input", {
    where,
    expected,
    got,
    fix: "Export the bundle again, or copy it again if it was copied",
  });
