import type { Sequences } from "./types.ts";

/** @returns the number of rows. */
export function rows(sequences: Sequences): number {
  return sequences.offsets.length - 1;
}

/** @returns row r as a view, not a copy. */
export function row(sequences: Sequences, r: number): Int32Array {
  return sequences.items.subarray(sequences.offsets[r], sequences.offsets[r + 1]);
}

/** @returns the length of row r. */
export function lengthOf(sequences: Sequences, r: number): number {
  return sequences.offsets[r + 1]! - sequences.offsets[r]!;
}

/** Packs lists into rows. */
export function fromLists(lists: readonly ArrayLike<number>[]): Sequences {
  const offsets = new Int32Array(lists.length + 1);
  lists.forEach((list, r) => (offsets[r + 1] = offsets[r]! + list.length));
  const items = new Int32Array(offsets[lists.length]!);
  lists.forEach((list, r) => items.set(list, offsets[r]));
  return { offsets, items };
}

/** @returns row by row, `a` followed by `b`: for example train followed by validation, the history at test time. */
export function concatenateRows(a: Sequences, b: Sequences): Sequences {
  const n = rows(a);
  const offsets = new Int32Array(n + 1);
  for (let r = 0; r < n; r++) offsets[r + 1] = offsets[r]! + lengthOf(a, r) + lengthOf(b, r);
  const items = new Int32Array(offsets[n]!);
  for (let r = 0; r < n; r++) {
    items.set(row(a, r), offsets[r]);
    items.set(row(b, r), offsets[r]! + lengthOf(a, r));
  }
  return { offsets, items };
}

/** @returns the rows of `a`, then those of `b`. */
export function stackRows(a: Sequences, b: Sequences): Sequences {
  const all = (of: Sequences) => Array.from({ length: rows(of) }, (_, r) => row(of, r));
  return fromLists([...all(a), ...all(b)]);
}

/** @returns the chosen rows, one after another. */
export function rowsAt(sequences: Sequences, chosen: ArrayLike<number>): Sequences {
  return fromLists(Array.from(chosen, (r) => row(sequences, r)));
}

/** @returns for each item below `items` the rows that it stands in, ascending; a row that holds it twice is there twice. */
export function transposed(sequences: Sequences, items: number): Sequences {
  const offsets = new Int32Array(items + 1);
  for (const item of sequences.items) offsets[item + 1]!++;
  for (let item = 0; item < items; item++) offsets[item + 1]! += offsets[item]!;
  const [holders, next] = [new Int32Array(sequences.items.length), offsets.slice()];
  for (let r = 0; r < rows(sequences); r++) for (const item of row(sequences, r)) holders[next[item]!++] = r;
  return { offsets, items: holders };
}
