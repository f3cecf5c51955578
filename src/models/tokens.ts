/** What models of sequences share: histories as tokens in rows, and rows in heads. */
import { complain } from "../errors.ts";
import {
  add,
  cast,
  gather,
  iota,
  max,
  mul,
  product,
  reshape,
  transpose,
  type Dim,
  type Tensor,
} from "../graph/index.ts";
import type { Dropout, Leaves } from "./types.ts";

/** The token in place of an item that is to be predicted. */
export const gap = -1;

export const noDropout: Dropout = (x) => x;

/** dropout(sqrt(D) E[item] + P[position])   items, positions [R, T] -> [R*T, D] */
export function embedTokens(
  w: Leaves,
  d: number,
  items: Tensor,
  positions: Tensor,
  dropout: Dropout,
): Tensor {
  const x = add(mul(gather(w.items!, items), Math.sqrt(d)), gather(w.positions!, positions)); // [R, T, D]
  return dropout(reshape(x, [product(items.shape), d])); // [R*T, D]
}

/** x [R*T, H*D] -> [R, H, T, D] */
export function splitHeads(x: Tensor, r: Dim, t: Dim, h: number, d: number): Tensor {
  if (h === 1) return reshape(x, [r, 1, t, d]);
  return transpose(reshape(x, [r, t, h, d]), [0, 2, 1, 3]);
}

/** x [R, H, T, D] -> [R*T, H*D] */
export function joinHeads(x: Tensor, r: Dim, t: Dim, h: number, d: number): Tensor {
  return reshape(h === 1 ? x : transpose(x, [0, 2, 1, 3]), [product([r, t]), h * d]);
}

/** @returns the newest token of every row.   x [B*T, D] -> [B, D] */
export function newestOf(x: Tensor, b: Dim, t: Dim): Tensor {
  const last = max(iota(t)); // T - 1
  return gather(x, cast(add(mul(iota(b), add(last, 1)), last), "int32")); // [B, D]
}

/** @returns the width. @throws UserError "usage" where heads cannot share it evenly. */
export function dividedBy(heads: number, width: number, model: string): number {
  if (width % heads === 0) return width;
  throw complain("usage", {
    where: `${model} option heads`,
    expected: `a divisor of the width, ${width}`,
    got: String(heads),
    fix: "Give such a number, or another width",
  });
}
