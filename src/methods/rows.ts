/** Tables with a row per user, and what a batch takes of them. */
import { complain } from "../errors.ts";
import {
  concatenateRows,
  fromLists,
  lengthOf,
  row,
  rows as rowCount,
  type Sequences,
} from "../dataset/index.ts";
import type { Data, Feed } from "../graph/index.ts";

/** @returns rows of a table [U, k], one per user of a batch: [B, k]. @param spare an array that may be written over */
export function rowsOf<A extends Float32Array | Int32Array>(
  table: A,
  k: number,
  users: Int32Array,
  spare?: A,
): A {
  const Kind = table.constructor as new (n: number | ArrayBufferLike, from?: number, length?: number) => A;
  const size = users.length * k;
  const fits = spare !== undefined && spare.buffer.byteLength >= 4 * size;
  const rows = fits ? new Kind(spare.buffer, 0, size) : new Kind(size);
  for (let b = 0; b < users.length; b++) rows.set(table.subarray(users[b]! * k, (users[b]! + 1) * k), b * k);
  return rows;
}

export const feed = (data: Data, ...shape: number[]): Feed => ({ data, shape });

/** The rows of one table as an input [B, k]. @param spare the same input of an earlier batch, as {@link rowsOf} takes it */
export const feedRows = (
  table: Float32Array | Int32Array,
  k: number,
  users: Int32Array,
  spare?: Feed,
): Feed => feed(rowsOf(table, k, users, spare?.data as typeof table | undefined), users.length, k);

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

/** [U, *] what the rest of a catalogue is without, for each user: training items and the first n of a list [U, k]. */
export function closedRows(train: Sequences, lists: Int32Array, k: number, n: number): Sequences {
  const heads = Array.from({ length: rowCount(train) }, (_, u) => lists.subarray(u * k, u * k + n));
  return concatenateRows(train, fromLists(heads.map((head) => head.subarray(0, lengthOfList(head)))));
}

/** [B, C] rows of different lengths, the shorter ones filled up. C is 1 at least. */
export function filledUp(rows: Sequences, fillerOf: (b: number) => number): Feed {
  const n = rowCount(rows);
  let width = 1;
  for (let b = 0; b < n; b++) width = Math.max(width, lengthOf(rows, b));
  const table = new Int32Array(n * width);
  for (let b = 0; b < n; b++) {
    const own = row(rows, b);
    table.set(own, b * width);
    table.fill(fillerOf(b), b * width + own.length, (b + 1) * width);
  }
  return feed(table, n, width);
}

/** @returns the rows of two tables beside each other: [U, l] and [U, k] make [U, l + k]. */
export function beside<A extends Int32Array | Float32Array>(left: A, l: number, right: A, k: number): A {
  const Kind = left.constructor as new (n: number) => A;
  const both = new Kind(left.length + right.length);
  for (let at = 0, a = 0, b = 0; at < both.length;) {
    for (let j = 0; j < l; j++) both[at++] = left[a++]!;
    for (let j = 0; j < k; j++) both[at++] = right[b++]!;
  }
  return both;
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
export function withoutFills(lists: Int32Array): { items: Int32Array; keep: Float32Array } {
  const [items, keep] = [new Int32Array(lists.length), new Float32Array(lists.length)];
  for (let at = 0; at < lists.length; at++) {
    if (lists[at]! < 0) continue;
    items[at] = lists[at]!;
    keep[at] = 1;
  }
  return { items, keep };
}

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
