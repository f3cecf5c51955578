/** JSON of our folders, and what to say where a folder is of another kind or its JSON of another version. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type * as z from "zod";
import { complain } from "./errors.ts";
import { foundInstead, kindOf } from "./files.ts";

export const manifestName = "manifest.json";

/** A kind of folder with a manifest. */
export interface FolderKind<T> {
  /** As in "a bundle". */
  readonly noun: string;
  readonly schema: z.ZodType<T>;
  /** Files that only such a folder has. */
  readonly files: readonly string[];
  /** The fix for a folder of another kind, for one without a manifest, and for a damaged manifest. */
  readonly fix: { readonly give: string; readonly make: string; readonly again: string };
}

const ofTraining = "Give the folder that train or distill wrote";
const again = "Export the bundle again, or copy it again if it was copied";
/** A bundle, whatever of its manifest is read. */
export const bundleFolder = {
  noun: "bundle",
  files: ["model.onnx"],
  fix: { give: ofTraining, make: ofTraining, again },
};

/** @throws UserError "not-found" where there is no manifest, "input" for a folder of another kind or a damaged manifest. */
export async function readManifestOf<T>(
  directory: string,
  { noun, schema, files, fix }: FolderKind<T>,
): Promise<T> {
  const entries = await readdir(directory).catch((): string[] => []);
  const kind = kindOf(entries);
  if (kind !== null && !files.some((file) => entries.includes(file)))
    throw complain("input", { where: directory, expected: `a ${noun}`, got: kind, fix: fix.give });
  const path = join(directory, manifestName);
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    const expected = `a ${noun}, a folder with ${manifestName}`;
    const got = foundInstead(cause);
    throw complain("not-found", { where: directory, expected, got, fix: fix.make }, { cause });
  });
  return fromJson(text, schema, (got) =>
    complain("input", { where: path, expected: `the manifest of a ${noun}`, got, fix: fix.again }),
  );
}

/** @param damaged makes the error, told what stands there instead. */
export function fromJson<T>(text: string, schema: z.ZodType<T>, damaged: (got: string) => Error): T {
  const value = jsonIn(text);
  if (value === undefined) throw damaged("no JSON");
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]!.path.join(".");
  throw damaged(`one of another version or damaged${field === "" ? "" : `, at its field ${field}`}`);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
