/** Who met what as rows: the distinct columns of each row, in ascending order. */
export interface Incidence {
  /** Row r holds columns from offsets[r] until offsets[r+1]. */
  readonly offsets: Int32Array;
  readonly columns: Int32Array;
}

/** @param row @param column of each pair; a pair given twice counts once */
export function incidence(row: Int32Array, column: Int32Array, rows: number): Incidence {
  const starts = new Int32Array(rows + 1);
  for (const r of row) starts[r + 1]!++;
  for (let r = 0; r < rows; r++) starts[r + 1]! += starts[r]!;
  const columns = new Int32Array(row.length);
  const next = starts.slice();
  row.forEach((r, n) => (columns[next[r]!++] = column[n]!));
  const offsets = new Int32Array(rows + 1);
  let end = 0;
  for (let r = 0; r < rows; r++) {
    const from = end;
    for (const c of columns.subarray(starts[r], starts[r + 1]).sort())
      if (end === from || columns[end - 1] !== c) columns[end++] = c;
    offsets[r + 1] = end;
  }
  return { offsets, columns: columns.subarray(0, end) };
}

export const rowOf = ({ offsets, columns }: Incidence, r: number): Int32Array =>
  columns.subarray(offsets[r], offsets[r + 1]);

/** @returns the number of columns of each row. */
export const sizesOf = ({ offsets }: Incidence): Int32Array =>
  Int32Array.from({ length: offsets.length - 1 }, (_, r) => offsets[r + 1]! - offsets[r]!);
