/** Result files read back. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CellResult, MeasuredCell } from "./types.ts";

/** @returns every result of a recipe, by cell id; empty when nothing has been run. */
export function readResults(folder: string, recipe: string): Map<string, CellResult> {
  const root = join(folder, recipe);
  let files: string[];
  try {
    files = readdirSync(root, { recursive: true, encoding: "utf8" });
  } catch {
    return new Map();
  }
  const results = files.filter((file) => file.endsWith(".json")).sort();
  return new Map(
    results.map((file) => {
      const result = JSON.parse(readFileSync(join(root, file), "utf8")) as CellResult;
      return [result.cell, result];
    }),
  );
}

/** Seconds that a cell took: those of its training, sittings before an interruption among them, or of all its steps. */
export function secondsOf({ seconds, output }: Pick<CellResult, "seconds" | "output">): number {
  const { training } = (output.manifest ?? {}) as { training?: { seconds?: number } };
  return Math.max(seconds, training?.seconds ?? 0);
}

/** [N] NDCG@10 of each user. */
export function ndcgOf({ ndcg10 }: MeasuredCell): Float32Array {
  const bytes = new Uint8Array(Buffer.from(ndcg10, "base64"));
  return new Float32Array(bytes.buffer);
}

/** [N] whether each user is a tail user. */
export function tailOf({ tail, users }: MeasuredCell): boolean[] {
  const bytes = Buffer.from(tail, "base64");
  return Array.from({ length: users }, (_, i) => ((bytes[i >> 3]! >> (i & 7)) & 1) === 1);
}
