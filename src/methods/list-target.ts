/** A teacher's list as a distribution over its items, when only the order is known. */
import { input, type Feed } from "../graph/index.ts";
import type { ListSignal } from "../signals/index.ts";
import { row } from "../dataset/index.ts";

/** The inputs of listKl for a batch. */
export type ListFeeds = Record<"lists" | "q" | "beta" | "entropy" | "c", Feed>;

/** What a query of a batch learns. */
export interface ListTarget {
  /** @returns the row whose list it is */
  readonly listOf: (query: number) => number;
  readonly tau: (query: number) => number;
  readonly c: (query: number) => number;
}

/**
 * z_j = -ln j, q(j) = softmax(z / tau) = j^(-1/tau) / sum: tau = 1 is Zipf's law, larger is flatter.
 * @param queries rows of the signal, -1 for filler
 */
export function listTargets(
  signal: ListSignal,
  k: number,
  queries: Int32Array,
  { listOf, tau, c }: ListTarget,
): ListFeeds {
  const n = queries.length;
  const lists = new Int32Array(n * k);
  const q = new Float32Array(n * k);
  const [beta, entropy, weight] = [new Float32Array(n).fill(1), new Float32Array(n), new Float32Array(n)];
  queries.forEach((query, b) => {
    const list = query < 0 ? new Int32Array(0) : row(signal.lists, listOf(query)).subarray(0, k);
    const { length } = list;
    if (length === 0) {
      q[b * k] = 1;
      return;
    }
    const t = tau(query);
    lists.set(list, b * k);
    let total = 0;
    for (let j = 0; j < length; j++) total += q[b * k + j] = (j + 1) ** (-1 / t);
    for (let j = 0; j < length; j++) {
      const p = (q[b * k + j]! /= total);
      if (p > 0) entropy[b]! -= p * Math.log(p);
    }
    beta[b] = 1 / t;
    weight[b] = c(query);
  });
  const column = (data: Float32Array): Feed => ({ data, shape: [n, 1] });
  return {
    lists: { data: lists, shape: [n, k] },
    q: { data: q, shape: [n, k] },
    beta: column(beta),
    entropy: column(entropy),
    c: column(weight),
  };
}

/** The inputs that {@link listTargets} feeds. */
export function listInputs(k: number) {
  return {
    lists: input("lists", ["Q", k], "int32"),
    q: input("q", ["Q", k]),
    beta: input("beta", ["Q", 1]),
    entropy: input("entropy", ["Q", 1]),
    c: input("c", ["Q", 1]),
  };
}
