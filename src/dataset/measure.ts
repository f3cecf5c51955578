import { createHash } from "node:crypto";
import type { Tables } from "./folder.ts";
import { lengthOf } from "./sequences.ts";
import type { DatasetManifest, Sequences } from "./types.ts";
import { idsOf } from "./vocabulary.ts";

/** The parts of a manifest that follow from the interactions themselves. */
export type Measures = Pick<DatasetManifest, "counts" | "lengths" | "parts" | "hash">;

export function measure(tables: Tables): Measures {
  const { users, items, train, valid, test } = tables;
  const parts = { train: train.items.length, valid: valid.items.length, test: test.items.length };
  const interactions = parts.train + parts.valid + parts.test;
  const lengths = userLengths(tables).sort();
  return {
    counts: {
      users: users.size,
      items: items.size,
      interactions,
      densityPercent: (100 * interactions) / (users.size * items.size),
    },
    lengths: {
      min: lengths[0]!,
      median: quantile(lengths, 0.5),
      mean: interactions / users.size,
      max: lengths.at(-1)!,
    },
    parts,
    hash: contentHash(tables),
  };
}

/** @returns [U] interactions per user over all parts. */
export function userLengths({ train, valid, test }: Pick<Tables, "train" | "valid" | "test">): Int32Array {
  const lengths = new Int32Array(train.offsets.length - 1);
  return lengths.map((_, u) => lengthOf(train, u) + lengthOf(valid, u) + lengthOf(test, u));
}

/** @returns the q-quantile of ascending values, linear between neighbours. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const at = q * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (high - low) * (at - Math.floor(at));
}

/** SHA-256 over sizes, the three parts and both vocabularies; titles do not count. */
function contentHash({ users, items, train, valid, test }: Tables): string {
  const hash = createHash("sha256").update("potstill dataset 1\n");
  for (const part of [train, valid, test]) hash.update(bytes(part.offsets)).update(bytes(part.items));
  for (const vocabulary of [users, items]) hash.update(JSON.stringify(idsOf(vocabulary)));
  return hash.digest("hex");
}

function bytes({ buffer, byteOffset, byteLength }: Sequences["items"]): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
