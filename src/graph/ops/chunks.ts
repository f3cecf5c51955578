/** Rows in chunks, for ops whose work on all rows at once would leave the cache. */
import type { Emitter } from "../tensor.ts";

export interface Chunks {
  /** @returns x [N, width] as [chunks, rows of one, width], filled up with rows of zeros. */
  readonly split: (x: string, width: number | string) => string;
  /** @returns y [chunks, rows of one, width] as [N, width], without what was filled up. */
  readonly join: (y: string, width: number | string) => string;
}

/** Chunks of equal size, of at most `most` rows of x; at least one. */
export function chunksOf(e: Emitter, x: string, most: number): Chunks {
  const one = (type: string, args: string[], attributes = {}) => e.node(type, args, attributes)[0]!;
  const rows = one("Shape", [x], { end: 1 });
  const chunks = one("Max", [
    one("Div", [one("Add", [rows, e.int64([most - 1])]), e.int64([most])]),
    e.int64([1]),
  ]);
  const size = one("Div", [one("Sub", [one("Add", [rows, chunks]), e.int64([1])]), chunks]);
  const missing = one("Sub", [one("Mul", [chunks, size]), rows]);
  const pads = one("Concat", [e.int64([0, 0]), missing, e.int64([0])], { axis: 0 });
  return {
    split: (name, width) =>
      one("Reshape", [
        one("Pad", [name, pads]),
        one("Concat", [chunks, size, e.shape([width])], { axis: 0 }),
      ]),
    join: (name, width) => {
      const flat = one("Reshape", [name, one("Concat", [e.int64([-1]), e.shape([width])], { axis: 0 })]);
      return one("Slice", [flat, e.int64([0]), rows, e.int64([0])]);
    },
  };
}

/** @returns how many rows keep the scores of a chunk near 12 MB, where the products are fastest (bench/head). */
export function headChunk(items: number): number {
  return Math.min(512, Math.max(64, Math.round((3 * 2 ** 20) / items / 32) * 32));
}
