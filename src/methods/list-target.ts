/** A teacher's list as a distribution over its items, when only the order is known. */
import { input, type Feed } from "../graph/index.ts";
import type { ListSignal } from "../signals/index.ts";
import { lengthOf, row } from "../dataset/index.ts";

/** The inputs of listKl for a batch. */
export type ListFeeds = Record<"lists" | "q" | "beta" | "entropy" | "c", Feed>;

/**
 * z_j = -ln j, q(j) = softmax(z / tau) = j^(-1/tau) / sum: tau = 1 is Zipf's law, larger is flatter.
 * @param queries rows of the signal, -1 for filler @param tau, c per query of the batch
 */
export function listTargets(
  signal: ListSignal,
  k: number,
  queries: Int32Array,
  tau: (query: number) => number,
  c: (query: number) => number,
): ListFeeds {
  const n = queries.length;
  const lists = new Int32Array(n * k);
  const q = new Float32Array(n * k);
  const [beta, entropy, weight] = [new Float32Array(n).fill(1), new Float32Array(n), new Float32Array(n)];
  queries.forEach((query, b) => {
    const length = query < 0 ? 0 : Math.min(k, lengthOf(signal.lists, query));
    if (length === 0) {
      q[b * k] = 1;
      return;
    }
    const t = tau(query);
    lists.set(row(signal.lists, query).subarray(0, length), b * k);
    let total = 0;
    for (let j = 0; j < length; j++) total += q[b * k + j] = (j + 1) ** (-1 / t);
    for (let j = 0; j < length; j++) {
      const p = (q[b * k + j]! /= total);
      entropy[b]! -= p * Math.log(p);
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
