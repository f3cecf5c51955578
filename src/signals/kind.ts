/** Which signal a folder holds. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { complain } from "../errors.ts";

const kinds = z.object({ kind: z.enum(["lists", "factors", "trajectory"]) });

/**
 * @returns the kind of signal in a folder, by its manifest.
 * @throws UserError "not-found" where there is none, "input" where it is of no kind.
 */
export async function signalKind(directory: string): Promise<z.output<typeof kinds>["kind"]> {
  const path = join(directory, "manifest.json");
  const text = await readFile(path, "utf8").catch(() => {
    throw complain("not-found", {
      where: directory,
      expected: "a folder with a finished signal",
      got: "no manifest.json",
      fix: "Make one with potstill probe, factors or trajectory",
    });
  });
  const parsed = kinds.safeParse(jsonOrNull(text));
  if (parsed.success) return parsed.data.kind;
  throw complain("input", {
    where: path,
    expected: "the manifest of a signal",
    got: "one of no known kind",
    fix: "Make it again with potstill probe, factors or trajectory",
  });
}

export function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
