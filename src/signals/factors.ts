/** The `factors` signal: a vector per user and per item whose dot product is the teacher's score. */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Dataset } from "../dataset/index.ts";
import { complain } from "../errors.ts";
import { draftFolder } from "../files.ts";
import { readManifestOf, type FolderKind } from "../manifests.ts";
import { readSafetensors, writeSafetensors } from "../safetensors.ts";

/** Rows of one width. */
export interface Vectors {
  readonly width: number; // D
  readonly data: Float32Array; // [N * D]
}

export interface Factors {
  readonly users: Vectors; // [U, D]
  readonly items: Vectors; // [I, D]
}

export interface FactorManifest {
  readonly schema: 1;
  readonly kind: "factors";
  /** DatasetManifest.hash of the data the rows belong to. */
  readonly dataset: string;
  readonly teacher: { name: string; source: string; version: string };
  readonly width: number;
  readonly hash: string;
}

export interface FactorSignal extends Factors {
  readonly directory: string;
  readonly manifest: FactorManifest;
}

const manifestSchema = z.object({
  schema: z.literal(1),
  kind: z.literal("factors"),
  dataset: z.string(),
  teacher: z.object({ name: z.string(), source: z.string(), version: z.string() }),
  width: z.int().positive(),
  hash: z.string(),
}) satisfies z.ZodType<FactorManifest>;

const file = "factors.safetensors";
const make = "Make one with: potstill factors --out <folder>";
const again = "Make it again with: potstill factors --out <folder>";
const kind: FolderKind<FactorManifest> = {
  noun: "factors signal",
  schema: manifestSchema,
  files: [file],
  fix: { give: "Give the folder that potstill factors wrote", make, again },
};

/**
 * Writes factors.safetensors and manifest.json.
 * @throws UserError "input" where the sizes are not the dataset's, a number is not finite or all are 0; "conflict" where the folder
 *   is in the way.
 */
export async function writeFactorSignal(
  directory: string,
  factors: Factors,
  dataset: Dataset,
  teacher: FactorManifest["teacher"],
  { force = false } = {},
): Promise<FactorManifest> {
  checkFactors(factors, dataset, teacher.source);
  const { width } = factors.users;
  const hash = hashOf(factors);
  const draft = await draftFolder(directory, { what: "signal", files: ["manifest.json", file], force });
  const manifest: FactorManifest = {
    schema: 1,
    kind: "factors",
    dataset: dataset.manifest.hash,
    teacher,
    width,
    hash,
  };
  try {
    const shaped = ({ data }: Vectors) => ({ shape: [data.length / width, width], data });
    const arrays = { users: shaped(factors.users), items: shaped(factors.items) };
    await writeFile(join(draft.path, file), writeSafetensors(arrays));
    await writeFile(join(draft.path, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
    await draft.publish();
  } finally {
    await draft.discard();
  }
  return manifest;
}

/** @throws UserError "not-found" where there are none, "conflict" for factors of other data, "input" for a damaged file. */
export async function openFactorSignal(directory: string, dataset: Dataset): Promise<FactorSignal> {
  const manifest = await readManifestOf(directory, kind);
  if (manifest.dataset !== dataset.manifest.hash) throw otherData(directory, manifest, dataset);
  const arrays = readSafetensors(await readFile(join(directory, file)), join(directory, file));
  const vectors = (name: string): Vectors => {
    const array = arrays[name];
    if (array?.shape.length !== 2 || array.data instanceof Int32Array)
      throw damaged(join(directory, file), `no array "${name}" of rows`);
    return { width: array.shape[1]!, data: array.data };
  };
  const factors = { users: vectors("users"), items: vectors("items") };
  if (hashOf(factors) !== manifest.hash) throw damaged(join(directory, file), "numbers of another hash");
  checkFactors(factors, dataset, directory);
  return { directory, manifest, ...factors };
}

/** @throws UserError "input" where factors do not belong to the dataset. */
export function checkFactors({ users, items }: Factors, dataset: Dataset, where: string): void {
  const wanted = [
    ["users", users, dataset.users.size],
    ["items", items, dataset.items.size],
  ] as const;
  for (const [what, { width, data }, rows] of wanted) {
    if (data.length !== rows * width)
      throw notFactors(where, `a row for each of ${rows} ${what}`, `${data.length / width} rows`);
    const bad = data.findIndex((x) => !Number.isFinite(x));
    if (bad >= 0)
      throw notFactors(
        where,
        `finite numbers in the vectors of ${what}`,
        `${data[bad]!} in row ${Math.floor(bad / width)}`,
      );
    if (data.every((x) => x === 0))
      throw notFactors(where, `numbers other than 0 in the vectors of ${what}`, "zeros alone");
  }
  if (users.width !== items.width)
    throw notFactors(
      where,
      "vectors of users and items of one width",
      `${users.width} numbers per user and ${items.width} per item`,
    );
}

function hashOf({ users, items }: Factors): string {
  return createHash("sha256").update(users.data).update("|").update(items.data).digest("hex");
}

const notFactors = (where: string, expected: string, got: string) =>
  complain("input", {
    where,
    expected,
    got,
    fix: "Export the factors again, rows in the order of the dataset's indices",
  });

const damaged = (where: string, got: string) =>
  complain("input", { where, expected: "a factors signal", got, fix: again });

function otherData(where: string, manifest: FactorManifest, dataset: Dataset) {
  return complain("conflict", {
    where,
    expected: `factors for ${dataset.directory} (hash ${dataset.manifest.hash.slice(0, 12)})`,
    got: `factors for data of hash ${manifest.dataset.slice(0, 12)}`,
    fix: "Make them for this dataset, or give the one they were made for with --data",
  });
}
