/**
 * How far a query's list can be trusted, as a share: what its agreement with lists of the same history has beyond chance. A
 * service that answers some requests with the same items for everybody is consistent there, and knows nothing.
 */
import { row, type Sequences } from "../dataset/index.ts";
import type { ListSignal } from "../signals/index.ts";
import { overlapWith, rbo, type Overlap } from "./overlap.ts";

/** What agreement is made of. */
export interface Kinship extends Overlap {
  /** rho: so many kin of mean agreement stand beside a list's own. */
  readonly prior: number;
}

/**
 * [Q] t(s) = max(0, 1 - B(s) / A(s)),   A(s) = (sum of a(s, v) + rho Abar) / (kin of s + rho)
 *
 *   a(s, v) overlap of T(s) with T(v), v the kin of s: its views, and the next shorter and longer history of its user or walk
 *   Abar    mean over the lists with kin of their mean a
 *   B(s)    mean overlap of T(s) with all other lists of the signal
 *
 * A list has one or two kin, and these may be the odd ones: alone they would say that a list knows nothing because its neighbour does
 * not. With rho > 0 that takes a list that many others are like, too.
 * @returns near 0 for a list that agrees with its kin no more than with anybody's, near 1 for one that strangers are unlike; NaN for a
 *   view, where no list has kin, and with rho = 0 where the list has none.
 */
export function beyondChance(signal: ListSignal, kinship: Kinship, train: Sequences): Float64Array {
  const strangers = new Strangers(signal, kinship);
  const overlaps = kinOf(signal).map((kin, s) =>
    kin.map((v) => overlapWith(signal, s, row(signal.lists, v), kinship, train)),
  );
  const typical = mean(overlaps.filter(({ length }) => length > 0).map(mean));
  const { prior } = kinship;
  return Float64Array.from(overlaps, (own, s) => {
    if (signal.base[s]! >= 0 || own.length + prior === 0) return NaN;
    const agreement = (sum(own) + prior * typical) / (own.length + prior);
    if (agreement === 0) return 0;
    return Math.max(0, 1 - strangers.overlapWith(row(signal.lists, s)) / agreement);
  });
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const mean = (numbers: readonly number[]): number => sum(numbers) / numbers.length;

/** Whether any query of a signal can be compared with another. */
export const haveKin = (signal: Pick<ListSignal, "user" | "base" | "view" | "end">): boolean =>
  kinOf(signal).some(({ length }) => length > 0);

/** By query: its views, and its neighbours among the histories that begin alike, which are asked anyway. Nothing for views. */
function kinOf({ user, base, view, end }: Pick<ListSignal, "user" | "base" | "view" | "end">): number[][] {
  const kin = Array.from(user, (): number[] => []);
  const chains = new Map<number, number[]>();
  base.forEach((whole, s) => {
    if (whole >= 0) kin[whole]!.push(s);
    if (whole >= 0 || view[s] === "item") return;
    const chain = chains.get(user[s]!) ?? [];
    chain.push(s);
    chains.set(user[s]!, chain);
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
