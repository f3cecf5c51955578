/** BERT4Rec in plain loops and float64, from its equations: one history, gaps as -1, one vector per token. */
import type { Parameters } from "../../../src/models/index.ts";

export interface Sizes {
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
}

/** The normal distribution function, by Simpson's rule over its density. */
function phi(x: number): number {
  const n = 400;
  const density = (i: number) => Math.exp(-(((x * i) / n) ** 2) / 2) / Math.sqrt(2 * Math.PI);
  const inner = Array.from({ length: n - 1 }, (_, i) => (i % 2 === 0 ? 4 : 2) * density(i + 1));
  return 0.5 + (x / n / 3) * (density(0) + density(n) + inner.reduce((a, b) => a + b, 0));
}

const gelu = (x: number) => x * phi(x);
const plus = (a: readonly number[], b: readonly number[]) => a.map((x, d) => x + b[d]!);

export function bert4recReference(weights: Parameters, o: Sizes, tokens: readonly number[]): number[][] {
  const data = (name: string) => Array.from(weights[name]!.data);
  const rowOf = (name: string, i: number) => data(name).slice(i * o.width, (i + 1) * o.width);
  const norm = (name: string, x: readonly number[]) => {
    const mean = x.reduce((a, b) => a + b, 0) / x.length;
    const sd = Math.sqrt(x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length + 1e-8);
    const [gain, bias] = [data(`gain.${name}`), data(`bias.${name}`)];
    return x.map((v, d) => (gain[d]! * (v - mean)) / sd + bias[d]!);
  };
  const linear = (name: string, x: readonly number[]) => {
    const [w, b] = [data(`w${name}`), data(`b${name}`)];
    return b.map((bias, c) => x.reduce((s, v, d) => s + v * w[d * b.length + c]!, bias));
  };
  /** Attention of every token to all of them. */
  const attended = (l: number, x: readonly number[][]) => {
    const [q, k, v] = ["q", "k", "v"].map((name) => x.map((row) => linear(`${name}.${l}`, row))) as [
      number[][],
      number[][],
      number[][],
    ];
    const size = o.width / o.heads;
    return q.map((query) =>
      query.map((_, c) => {
        const from = Math.floor(c / size) * size;
        const logits = k.map(
          (key) =>
            key.slice(from, from + size).reduce((s, y, d) => s + y * query[from + d]!, 0) / Math.sqrt(size),
        );
        const z = logits.reduce((s, y) => s + Math.exp(y), 0);
        return logits.reduce((s, y, j) => s + (Math.exp(y) / z) * v[j]![c]!, 0);
      }),
    );
  };
  let x = tokens.map((item, i) => {
    return norm("embedding", plus(item < 0 ? data("gap") : rowOf("items", item), rowOf("positions", i)));
  });
  for (let l = 0; l < o.blocks; l++) {
    const mixed = attended(l, x);
    const a = x.map((row, i) => norm(`attention.${l}`, plus(row, linear(`o.${l}`, mixed[i]!))));
    x = a.map((row) => norm(`feed.${l}`, plus(row, linear(`2.${l}`, linear(`1.${l}`, row).map(gelu)))));
  }
  return x.map((row) => norm("head", linear("head", row).map(gelu)));
}
