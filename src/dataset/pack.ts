/**
 * Histories of different lengths side by side in rows of one width, so that little of a batch is padding and the batch
 * is still the same set of histories. A token sees the tokens of its own history before it, and itself.
 */

/** R rows of T tokens. Padding has item 0, and no token of a history looks at it. */
export interface PackedBatch {
  readonly rows: number; // R
  readonly width: number; // T
  readonly items: Int32Array; // [R * T]
  readonly positions: Int32Array; // [R * T]
  /** The column of the first token of the same history; of padding, its own. */
  readonly first: Int32Array; // [R * T]
  /** Flat index of the first token of each history in [R * T]. */
  readonly starts: Int32Array;
}

/**
 * Positions count from a history's oldest item, 0: a token has the same one wherever its history ends.
 * @param histories each oldest first, none empty
 */
export function pack(histories: readonly Int32Array[]): PackedBatch {
  const width = histories.reduce((w, h) => Math.max(w, h.length), 1);
  const { starts, rows } = place(histories, width);
  const items = new Int32Array(rows * width);
  const positions = new Int32Array(rows * width);
  const first = Int32Array.from(items, (_, at) => at % width);
  histories.forEach((history, s) => {
    const start = starts[s]!;
    const n = history.length;
    items.set(history, start);
    first.fill(start % width, start, start + n);
    for (let i = 0; i < n; i++) positions[start + i] = i;
  });
  return { rows, width, items, positions, first, starts };
}

/** First fit, longest first: each history goes into the first row with room. */
function place(histories: readonly Int32Array[], width: number): { starts: Int32Array; rows: number } {
  const order = histories
    .map((_, s) => s)
    .sort((a, b) => histories[b]!.length - histories[a]!.length || a - b);
  const starts = new Int32Array(histories.length);
  const used: number[] = [];
  for (const s of order) {
    const n = histories[s]!.length;
    let r = used.findIndex((u) => u + n <= width);
    if (r < 0) r = used.push(0) - 1;
    starts[s] = r * width + used[r]!;
    used[r]! += n;
  }
  return { starts, rows: used.length };
}
