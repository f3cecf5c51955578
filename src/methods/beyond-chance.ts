/**
 * How far a query's list can be trusted, as a share: what its agreement with lists of the same history has beyond chance. A
 * service that answers some requests with the same items for everybody is consistent there, and knows nothing.
 */
import { row, type Sequences } from "../dataset/index.ts";
import type { ListSignal } from "../signals/index.ts";
import { overlapWith, rbo, type Overlap } from "./overlap.ts";

/**
 * [Q] t(s) = max(0, 1 - B(s) / A(s))
 *
 *   A(s) mean overlap of T(s) with T(v), v the views of s, and the next shorter and longer history of its user or walk
 *   B(s) mean overlap of T(s) with all other lists of the signal
 *
 * @returns 0 for a list that agrees with its kin no more than with anybody's, 1 for one that agrees with its kin alone; NaN for a view, and
 *   where there is no kin.
 */
export function beyondChance(signal: ListSignal, overlap: Overlap, train: Sequences): Float64Array {
  const strangers = new Strangers(signal, overlap);
  return Float64Array.from(kinOf(signal), (kin, s) => {
    if (kin.length === 0) return NaN;
    const all = kin.map((v) => overlapWith(signal, s, row(signal.lists, v), overlap, train));
    const own = all.reduce((a, b) => a + b) / all.length;
    return own === 0 ? 0 : Math.max(0, 1 - strangers.overlapWith(row(signal.lists, s)) / own);
  });
}

/** Whether any query of a signal can be compared with another. */
export const haveKin = (signal: Pick<ListSignal, "user" | "base" | "view" | "end">): boolean =>
  kinOf(signal).some(({ length }) => length > 0);

/** By query: its views, and its neighbours among the histories that begin alike, which are asked anyway. Nothing for views. */
function kinOf({ user, base, view, end }: Pick<ListSignal, "user" | "base" | "view" | "end">): number[][] {
  const kin = Array.from(user, (): number[] => []);
  const chains = new Map<number, number[]>();
  base.forEach((whole, s) => {
    if (whole >= 0) kin[whole]!.push(s);
    else if (view[s] !== "item") chains.set(user[s]!, [...(chains.get(user[s]!) ?? []), s]);
  });
  for (const chain of chains.values()) {
    chain.sort((a, b) => end[a]! - end[b]! || a - b);
    for (let n = 1; n < chain.length; n++) {
      kin[chain[n]!]!.push(chain[n - 1]!);
      kin[chain[n - 1]!]!.push(chain[n]!);
    }
  }
  return kin;
}

/** All lists of a signal together: the mean over them of an overlap is that of their items' shares by depth. */
class Strangers {
  readonly #overlap: Overlap;
  readonly #lists: number;
  /** By item: how many lists have it among their first 1, 2, .. d items. */
  readonly #within = new Map<number, Float64Array>();

  constructor({ lists, user }: ListSignal, overlap: Overlap) {
    this.#overlap = overlap;
    this.#lists = user.length;
    for (let s = 0; s < user.length; s++)
      row(lists, s)
        .subarray(0, overlap.depth)
        .forEach((item, place) => {
          const within = this.#within.get(item) ?? new Float64Array(overlap.depth);
          for (let d = place; d < overlap.depth; d++) within[d]!++;
          this.#within.set(item, within);
        });
  }

  /** @param list one of the signal's, which is not compared with itself @returns as rbo, for lists of full depth */
  overlapWith(list: Int32Array): number {
    const { depth, persistence: p } = this.#overlap;
    const deep = Math.min(depth, list.length);
    let [sum, norm] = [0, 0];
    for (let d = 0; d < deep; d++) {
      let shared = 0;
      for (let n = 0; n <= d; n++) shared += this.#within.get(list[n]!)![d]!;
      sum += (p ** d * shared) / (d + 1);
      norm += p ** d;
    }
    const others = this.#lists - 1;
    return norm === 0 || others === 0 ? 0 : (sum / norm - rbo(list, list, depth, p)) / others;
  }
}
