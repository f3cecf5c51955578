import { Random } from "../random.ts";
import { complain } from "../errors.ts";
import type { Dataset } from "./types.ts";

/**
 * The users whose histories an owner has: a seeded random share of all.
 * @param share in (0, 1]; 1 means everybody.
 * @returns user indices, ascending; at least one. A larger share with the same seed contains a smaller one.
 * @throws UserError "usage" where the share is not in (0, 1].
 */
export function owned(dataset: Pick<Dataset, "users">, share: number, seed: number): Int32Array {
  if (!(share > 0 && share <= 1)) {
    throw complain("usage", {
      where: "share of users",
      expected: "a number above 0, at most 1",
      got: String(share),
      fix: "Give for example --users 0.1",
    });
  }
  const everybody = Int32Array.from({ length: dataset.users.size }, (_, user) => user);
  const count = Math.max(1, Math.round(share * everybody.length));
  return new Random(seed).split("owned users").shuffle(everybody).subarray(0, count).slice().sort();
}
