/** Tables with a row per user, and what a batch takes of them. */
import { complain } from "../errors.ts";
import { lengthOf, row, type Sequences } from "../dataset/index.ts";
import type { Data, Feed } from "../graph/index.ts";

/** @returns rows of a table [U, k], one per user of a batch: [B, k]. */
export function rowsOf<A extends Float32Array | Int32Array>(table: A, k: number, users: Int32Array): A {
  const Kind = table.constructor as new (n: number) => A;
  const rows = new Kind(users.length * k);
  for (let b = 0; b < users.length; b++) rows.set(table.subarray(users[b]! * k, (users[b]! + 1) * k), b * k);
  return rows;
}

export const feed = (data: Data, ...shape: number[]): Feed => ({ data, shape });

/** The rows of one table as an input [B, k]. */
export const feedRows = (table: Float32Array | Int32Array, k: number, users: Int32Array): Feed =>
  feed(rowsOf(table, k, users), users.length, k);

/**
 * Weights of users who count once, however many pairs of the batch are theirs: a count becomes 1, a share of a mean stays,
 * a row without weight stays without.
 */
export const once = (c: Float32Array): Float32Array => c.map((weight) => Math.min(1, weight));

/** What weights of users who count once are: 1 for a sum, 1 / B for a mean, 0 where nobody counts. */
export const scaleOf = (c: Float32Array): number =>
  once(c).reduce((most, weight) => Math.max(most, weight), 0);

/** 1 for users who count, 0 for rows without weight. */
export const counts = (c: Float32Array): Float32Array => c.map((weight) => Number(weight > 0));

/**
 * [B, C] what the rest of a catalogue is without, for each user of a batch: the training items and the first n of a list
 * [U, k]. Shorter rows are filled up with an item that is in them; one of nothing, which no loss looks at, with item 0.
 */
export function closedFeed(
  train: Sequences,
  lists: Int32Array,
  k: number,
  n: number,
  users: Int32Array,
): Feed {
  const width = users.reduce((most, u) => Math.max(most, lengthOf(train, u)), 1) + n;
  const closed = new Int32Array(users.length * width);
  users.forEach((u, b) => {
    const [from, own, head] = [b * width, row(train, u), lists.subarray(u * k, u * k + n)];
    const listed = head.subarray(0, lengthOfList(head));
    closed.set(own, from);
    closed.set(listed, from + own.length);
    const to = from + own.length + listed.length;
    if (to > from) closed.fill(closed[from]!, to, from + width);
  });
  return feed(closed, users.length, width);
}

/** @returns the items of both, in order. */
export const joined = (a: Int32Array, b: Int32Array): Int32Array => Int32Array.from([...a, ...b]);

/** @returns the items of both, each once. */
export const distinct = (a: Int32Array, b: Int32Array): Int32Array => Int32Array.from(new Set([...a, ...b]));

/** @returns how many items a list holds before its -1 fills. */
export function lengthOfList(list: Int32Array): number {
  const end = list.indexOf(-1);
  return end < 0 ? list.length : end;
}

/** @returns lists whose -1 fills are made item 0, and 1 where there was an item, 0 at fills. */
export const withoutFills = (lists: Int32Array): { items: Int32Array; keep: Float32Array } => ({
  items: lists.map((item) => Math.max(0, item)),
  keep: Float32Array.from(lists, (item) => Number(item >= 0)),
});

/** Calls `visit` with every place whose item stands earlier in the row. @returns how many those are. */
export function repeats(row: Int32Array, visit: (place: number) => void): number {
  const seen = new Set<number>();
  row.forEach((item, j) => {
    if (seen.has(item)) visit(j);
    seen.add(item);
  });
  return row.length - seen.size;
}

/** @throws UserError "usage" for the first option above a limit. */
export function atMost(method: string, options: Record<string, number>, limit: number, what: string): void {
  for (const [name, value] of Object.entries(options))
    if (value > limit)
      throw complain("usage", {
        where: `${method} option ${name}`,
        expected: `at most ${limit}, ${what}`,
        got: String(value),
        fix: `Set ${name} to ${limit} or less`,
      });
}
