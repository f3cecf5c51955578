/** What a history says to models that read it as a set. */
import {
  cast,
  constant,
  div,
  expandTo,
  gatherElements,
  less,
  scatterElements,
  where,
  type Dim,
  type Tensor,
} from "../graph/index.ts";

export interface SeenItems {
  readonly items: Tensor; // [B, T] int32, padding read as item 0
  readonly share: Tensor; // [B, T], 1 over the times the item is in the history, 0 for padding
}

/** @param history [B, T] int32, padded with -1 @param count of items in the catalogue, I */
export function seenItems(history: Tensor, count: number): SeenItems {
  const ids = cast(history, "float32"); // [B, T]
  const absent = less(ids, 0);
  const items = cast(where(absent, 0, ids), "int32");
  const present = where(absent, 0, 1);
  const times = gatherElements(scatterElements(nothing(history.shape[0]!, count), items, present), items);
  return { items, share: div(present, where(less(times, 1), 1, times)) };
}

/** @returns zeros [B, n] */
export const nothing = (b: Dim, n: number): Tensor => expandTo(constant([0]), [b, n]);
