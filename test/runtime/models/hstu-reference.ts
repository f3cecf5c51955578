/** HSTU in plain loops and float64, from its equations: one history, one vector per token. */
import type { Parameters } from "../../../src/models/index.ts";

export interface Sizes {
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  readonly keyWidth: number;
  readonly valueWidth: number;
  readonly maxLength: number;
}

const silu = (x: number) => x / (1 + Math.exp(-x));

function norm(x: readonly number[]): number[] {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length;
  return x.map((v) => (v - mean) / Math.sqrt(variance + 1e-6));
}

export const unit = (x: readonly number[]): number[] =>
  x.map((v) => v / Math.sqrt(x.reduce((a, b) => a + b * b, 0) + 1e-12));

/** x W, W [x.length, columns] row after row */
function times(x: readonly number[], { shape, data }: Parameters[string]): number[] {
  const columns = shape[1]!;
  return Array.from({ length: columns }, (_, c) => x.reduce((s, v, d) => s + v * data[d * columns + c]!, 0));
}

export function hstuReference(weights: Parameters, o: Sizes, history: readonly number[]): number[][] {
  const rowOf = (name: string, i: number) =>
    Array.from(weights[name]!.data.subarray(i * o.width, (i + 1) * o.width));
  let x = history.map((item, i) => {
    const position = rowOf("positions", i);
    return rowOf("items", item).map((e, d) => Math.sqrt(o.width) * e + position[d]!);
  });
  for (let l = 0; l < o.blocks; l++) x = blockReference(weights, o, l, x);
  return x.map(unit);
}

function blockReference(weights: Parameters, o: Sizes, l: number, x: readonly number[][]): number[][] {
  const [nv, nk] = [o.heads * o.valueWidth, o.heads * o.keyWidth];
  const uvqk = x.map((row) => times(norm(row), weights[`wuvqk.${l}`]!).map(silu));
  const u = uvqk.map((row) => row.slice(0, nv));
  const v = uvqk.map((row) => row.slice(nv, 2 * nv));
  const q = uvqk.map((row) => row.slice(2 * nv, 2 * nv + nk));
  const k = uvqk.map((row) => row.slice(2 * nv + nk));
  return x.map((row, i) => {
    const out = new Array<number>(nv).fill(0);
    for (let h = 0; h < o.heads; h++)
      for (let j = 0; j <= i; j++) {
        let dot = 0;
        for (let c = h * o.keyWidth; c < (h + 1) * o.keyWidth; c++) dot += q[i]![c]! * k[j]![c]!;
        const a = silu(dot) / (o.maxLength + 10);
        for (let c = h * o.valueWidth; c < (h + 1) * o.valueWidth; c++) out[c]! += a * v[j]![c]!;
      }
    const gated = norm(out).map((n, c) => n * u[i]![c]!);
    return times(gated, weights[`wo.${l}`]!).map((y, d) => row[d]! + y + weights[`bo.${l}`]!.data[d]!);
  });
}
