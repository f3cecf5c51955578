import { lengthOf, rows } from "../dataset/index.ts";
import type { Sequences } from "../dataset/index.ts";
import type { GroupName, PerUser } from "./types.ts";

export interface UserGroups {
  /** A user is tail when the training length is at most this. */
  readonly tailUpTo: number;
  /** [U] 1 for tail, 0 for head. */
  readonly tail: Uint8Array;
  /** [U] 1..5. */
  readonly quintile: Uint8Array;
}

/**
 * Groups of users by training length, over all users of the data, so that a user's group never depends on who else is
 * evaluated. Head and tail follow MELT: tail = length at most a quantile of the lengths (linear interpolation).
 * Quintiles cut the order (length, user index) into five equal parts: users of one length may fall on both sides.
 * @param headQuantile by default 0.8 for sparse data (median length below 20) and 0.5 otherwise, as MELT has them
 *   for Amazon and for denser data.
 */
export function groupUsers(train: Sequences, headQuantile?: number): UserGroups {
  const users = rows(train);
  const order = byLength(
    train,
    Int32Array.from({ length: users }, (_, u) => u),
  );
  const sorted = Array.from(order, (u) => lengthOf(train, u));
  if (users === 0) return { tailUpTo: 0, tail: new Uint8Array(0), quintile: new Uint8Array(0) };
  const tailUpTo = interpolated(sorted, headQuantile ?? (interpolated(sorted, 0.5) < 20 ? 0.8 : 0.5));
  const tail = Uint8Array.from({ length: users }, (_, u) => (lengthOf(train, u) <= tailUpTo ? 1 : 0));
  const quintile = new Uint8Array(users);
  order.forEach((u, n) => (quintile[u] = 1 + Math.floor((5 * n) / users)));
  return { tailUpTo, tail, quintile };
}

/** @returns the given rows ordered by (length, row index). Keys are packed into one float64 sort, which is fast. */
export function byLength(sequences: Sequences, which: Int32Array): Int32Array {
  const span = rows(sequences);
  const keys = Float64Array.from(which, (r) => lengthOf(sequences, r) * span + r).sort();
  return Int32Array.from(keys, (key) => key % span);
}

/** @returns the q-quantile of ascending values, interpolating linearly between neighbours. */
export function interpolated(sorted: ArrayLike<number>, q: number): number {
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)]!;
  const high = sorted[Math.ceil(at)]!;
  return low + (high - low) * (at - Math.floor(at));
}

/** @returns positions in the per-user columns of a group's users; of everybody for "all". */
export function membersOf(perUser: Pick<PerUser, "tail" | "quintile">, group: GroupName | "all"): Int32Array {
  const members: number[] = [];
  for (let n = 0; n < perUser.tail.length; n++) if (isMember(perUser, n, group)) members.push(n);
  return Int32Array.from(members);
}

function isMember(
  { tail, quintile }: Pick<PerUser, "tail" | "quintile">,
  n: number,
  group: GroupName | "all",
) {
  if (group === "all") return true;
  if (group === "head") return tail[n] === 0;
  if (group === "tail") return tail[n] === 1;
  return quintile[n] === Number(group.slice(1));
}
