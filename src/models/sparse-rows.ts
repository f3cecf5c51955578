/** Rows of a matrix of zeros and ones, as autoencoders read them. */
import {
  add,
  cast,
  concat,
  constant,
  div,
  expandTo,
  gather,
  gatherElements,
  less,
  matmul,
  reshape,
  scatterElements,
  where,
  type Dim,
  type Tensor,
} from "../graph/index.ts";
import type { SparseRows } from "./types.ts";

/**
 * The sets of items that histories hold: an item that stands n times in one counts 1/n each time.
 * @param history [B, T] int32, padded with -1 @param user [B] int32, -1 for an unknown user @param items I
 */
export function itemSets(history: Tensor, user: Tensor, items: number): SparseRows {
  const b = history.shape[0]!;
  const ids = cast(history, "float32"); // [B, T]
  const absent = less(ids, 0);
  const columns = cast(where(absent, 0, ids), "int32");
  const once = where(absent, 0, 1); // [B, T]
  const counts = scatterElements(expandTo(constant([0]), [b, items]), columns, once); // [B, I], as large as the scores
  const times = gatherElements(counts, columns); // [B, T]
  return { index: user, columns, present: div(once, add(times, where(absent, 1, 0))) };
}

/** sum_t x_bt table[columns_bt]   table [N, H]  x [B, T]  ->  [B, H] */
export function productOf({ columns }: SparseRows, x: Tensor, table: Tensor): Tensor {
  const [b, t] = columns.shape as [Dim, Dim];
  const h = table.shape[1]!;
  return reshape(matmul(reshape(x, [b, 1, t]), gather(table, columns)), [b, h]); // [B, T, H] inside
}

/** @returns x with a column of ones, which meets the last column of a table, its bias.   [B, H] -> [B, H+1] */
export const withOne = (x: Tensor): Tensor => concat([x, expandTo(constant([1]), [x.shape[0]!, 1])], 1);
