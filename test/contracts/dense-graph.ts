/** LightGCN's propagation with whole matrices in float64, from the paper's equations. */
import type { Edges, Sizes } from "../../src/models/index.ts";

export type Matrix = readonly (readonly number[])[];

const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, v, k) => sum + v * b[k]![j]!, 0)));

/** (I + A + ... + A^L) / (L + 1) with A = D^(-1/2) G D^(-1/2). */
export function densePropagation({ users, items }: Sizes, { user, item }: Edges, layers: number): Matrix {
  const size = users + items;
  const square = (f: (r: number, c: number) => number): Matrix =>
    Array.from({ length: size }, (_, r) => Array.from({ length: size }, (_, c) => f(r, c)));
  const met = (u: number, i: number) => user.some((v, n) => v === u && item[n] === i);
  const g = square((r, c) => Number(r < users ? met(r, c - users) : met(c, r - users)));
  const degree = g.map((row) => row.reduce((a, b) => a + b, 0));
  const a = square((r, c) => (g[r]![c] === 0 ? 0 : g[r]![c]! / Math.sqrt(degree[r]! * degree[c]!)));
  let power = square((r, c) => Number(r === c));
  let sum = power;
  for (let l = 1; l <= layers; l++) {
    power = product(a, power);
    sum = square((r, c) => sum[r]![c]! + power[r]![c]!);
  }
  return square((r, c) => sum[r]![c]! / (layers + 1));
}

/** @returns the map of a table, [U+I, D] row by row. */
export const spread = (map: Matrix, table: readonly number[], width: number): number[] =>
  product(
    map,
    map.map((_, r) => table.slice(r * width, (r + 1) * width)),
  ).flat();
