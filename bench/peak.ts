/** The yardstick: how fast this machine multiplies large matrices through our own runtime. */
import { graph, runtime } from "../src/index.ts";
import { clocked } from "./bench.ts";

const n = 1024;

export interface PeakProduct {
  readonly flops: number;
  run(): Promise<number>;
}

let made: Promise<PeakProduct> | null = null;

/** @returns a product of two 1024 x 1024 matrices, compiled once. */
export function peakProduct(): Promise<PeakProduct> {
  made ??= compile();
  return made;
}

async function compile(): Promise<PeakProduct> {
  const [a, b] = [graph.input("a", [n, n]), graph.input("b", [n, n])];
  const program = await runtime.Program.compile({ y: graph.matmul(a, b) });
  const ones = { data: new Float32Array(n * n).fill(1), shape: [n, n] };
  return { flops: 2 * n ** 3, run: () => clocked(() => program.run({ a: ones, b: ones })) };
}
