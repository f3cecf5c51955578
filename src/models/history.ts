/** What an exported sequence graph derives from a left-padded history. */
import {
  add,
  cast,
  concat,
  constant,
  expandTo,
  iota,
  less,
  relu,
  reshape,
  sub,
  sum,
  where,
  type Dim,
  type Tensor,
} from "../graph/index.ts";
import { gap } from "./tokens.ts";
import type { PackedTokens } from "./types.ts";

const blocked = -1e9;

export interface HistoryTokens {
  readonly items: Tensor; // [B, T] int32, padding read as item 0
  readonly positions: Tensor; // [B, T] int32, the oldest item has 0
  readonly mask: Tensor; // [B, 1, T, T]
  readonly lastMask: Tensor; // [B, 1, 1, T], for the newest token alone
}

/** @param history [B, T] int32, oldest first, padded on the left with -1 */
export function historyTokens(history: Tensor): HistoryTokens {
  const [b, t] = history.shape as [Dim, Dim];
  const ids = cast(history, "float32");
  const absent = less(ids, 0); // [B, T]
  const step = iota(t); // [T]
  const padding = sum(where(absent, 1, 0), [1], true); // [B, 1]
  const later = less(reshape(step, [1, 1, t, 1]), reshape(step, [1, 1, 1, t])); // row before column
  const lastMask = reshape(where(absent, blocked, 0), [b, 1, 1, t]);
  return {
    items: cast(where(absent, 0, ids), "int32"),
    positions: cast(relu(sub(reshape(step, [1, t]), padding)), "int32"),
    mask: add(where(later, blocked, 0), lastMask),
    lastMask,
  };
}

/**
 * The history with a gap after its newest item, seen from both sides.
 * @param history [B, T] int32, oldest first, padded on the left with -1
 */
export function historyBeforeGap(history: Tensor): PackedTokens {
  const b = history.shape[0]!;
  const ids = cast(history, "float32");
  const absent = less(ids, 0); // [B, T]
  const after = (x: Tensor, last: number) => concat([x, expandTo(constant([last]), [b, 1])], 1);
  const items = after(where(absent, 0, ids), gap); // [B, T+1]
  const width = items.shape[1]!;
  const padding = sum(where(absent, 1, 0), [1], true); // [B, 1]
  return {
    items: cast(items, "int32"),
    positions: cast(relu(sub(reshape(iota(width), [1, width]), padding)), "int32"),
    mask: reshape(after(where(absent, blocked, 0), 0), [b, 1, 1, width]),
  };
}
