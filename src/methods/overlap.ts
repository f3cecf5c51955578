/** How alike two lists are. */
import { row, type Sequences } from "../dataset/index.ts";
import { historyOf, type ListSignal } from "../signals/index.ts";

/** d and p of rank-biased overlap. */
export interface Overlap {
  readonly depth: number;
  readonly persistence: number;
}

/** Of the list of query s with another answer to its history, items of the history in neither. */
export function overlapWith(
  signal: ListSignal,
  s: number,
  other: Int32Array,
  { depth, persistence }: Overlap,
  train: Sequences,
): number {
  const own = new Set(historyOf(signal, train, s));
  const [whole, view] = [row(signal.lists, s), other].map((list) => list.filter((item) => !own.has(item)));
  return rbo(whole!, view!, depth, persistence);
}

/** Rank-biased overlap of two lists to depth d: agreement weighted by p^depth, 1 for equal lists, 0 for disjoint ones. */
export function rbo(a: ArrayLike<number>, b: ArrayLike<number>, depth: number, p: number): number {
  const d = Math.min(depth, Math.max(a.length, b.length));
  const seen = new Set<number>();
  let [shared, sum, norm] = [0, 0, 0];
  for (let n = 1; n <= d; n++) {
    for (const item of [a[n - 1], b[n - 1]])
      if (item !== undefined) shared += seen.has(item) ? 1 : (seen.add(item), 0);
    sum += (p ** (n - 1) * shared) / n;
    norm += p ** (n - 1);
  }
  return norm === 0 ? 0 : sum / norm;
}
