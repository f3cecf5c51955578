/** A batch of users in parts: small enough for a core's cache, and enough of them to share among threads. */

import type { Device } from "../runtime/index.ts";

/** How large parts are, in tokens. */
export interface PartSizes {
  /** What a block of width 64 makes of so many fits near a core. */
  readonly most: number;
  /** Parts below it are not worth a thread. */
  readonly least: number;
}

/** Where the head is a few items per position, and where it is the whole catalogue. */
export const smallHead: PartSizes = { most: 1600, least: 250 };
export const wholeHead: PartSizes = { most: 1600, least: 50 };
export const onePiece: PartSizes = { most: Infinity, least: Infinity };

/** @returns what a task is told for a device other than the CPU, whose threads parts are for. */
export const partSizesFor = (device: Device | undefined): PartSizes | undefined =>
  device === undefined || device.provider === "cpu" ? undefined : onePiece;

/** A fixed schedule, the number of threads not in it: equal batches give equal sums everywhere. */
export function partCount(tokens: number, { most, least }: PartSizes): number {
  const shared = tokens < 2 * least ? 1 : tokens < 1600 ? 2 : 4;
  return Math.max(shared, Math.round(tokens / most));
}

/**
 * @param tokens of each user, roughly the work they are
 * @returns the users, the longest first, in parts of about equal work: a part's rows are as wide as its longest history,
 *   so those of one length belong together
 */
export function divide(users: Int32Array, tokens: (user: number) => number, sizes: PartSizes): Int32Array[] {
  const work = Array.from(users, (user) => ({ user, tokens: tokens(user) }));
  const total = Math.max(
    1,
    work.reduce((sum, one) => sum + one.tokens, 0),
  );
  const count = partCount(total, sizes);
  work.sort((a, b) => b.tokens - a.tokens);
  const parts = Array.from({ length: count }, (): number[] => []);
  let before = 0;
  for (const { user, tokens: own } of work) {
    parts[Math.min(count - 1, Math.floor(((before + own / 2) / total) * count))]!.push(user);
    before += own;
  }
  return parts.filter((part) => part.length > 0).map((part) => Int32Array.from(part));
}
