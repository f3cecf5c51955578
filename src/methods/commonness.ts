/** How like a list is to everybody's: to all lists of its signal on average, and to those of strangers one by one. */
import { row } from "../dataset/index.ts";
import type { ListSignal } from "../signals/index.ts";
import { rbo, type Overlap } from "./overlap.ts";

/** All lists of a signal together: the mean over them of an overlap is that of their items' shares by depth. */
export class Commonness {
  readonly #overlap: Overlap;
  readonly #signal: ListSignal;
  /** By item: how many lists have it among their first 1, 2, .. d items. */
  readonly #within = new Map<number, Float64Array>();

  constructor(signal: ListSignal, overlap: Overlap) {
    this.#overlap = overlap;
    this.#signal = signal;
    for (let s = 0; s < signal.user.length; s++)
      row(signal.lists, s)
        .subarray(0, overlap.depth)
        .forEach((item, place) => {
          const within = this.#within.get(item) ?? new Float64Array(overlap.depth);
          for (let d = place; d < overlap.depth; d++) within[d]!++;
          this.#within.set(item, within);
        });
  }

  /** Mean overlap of the list of query s with all other lists, as rbo has it for lists of full depth; 0 for an empty one. */
  of(s: number): number {
    const list = row(this.#signal.lists, s);
    const { depth, persistence: p } = this.#overlap;
    const deep = Math.min(depth, list.length);
    let [sum, norm] = [0, 0];
    for (let d = 0; d < deep; d++) {
      let shared = 0;
      for (let n = 0; n <= d; n++) shared += this.#within.get(list[n]!)![d]!;
      sum += (p ** d * shared) / (d + 1);
      norm += p ** d;
    }
    const others = this.#signal.user.length - 1;
    return norm === 0 || others === 0 ? 0 : (sum / norm - rbo(list, list, depth, p)) / others;
  }

  /** [Q] the same in bins of equal width on a scale of logarithms. */
  inBins(bins: number): Uint8Array {
    const logs = Float64Array.from(this.#signal.user, (_, s) => Math.log(Math.max(this.of(s), rarest)));
    const low = logs.reduce((a, b) => Math.min(a, b));
    const range = logs.reduce((a, b) => Math.max(a, b)) - low;
    return Uint8Array.from(logs, (log) =>
      range === 0 ? 0 : Math.min(bins - 1, Math.floor((bins * (log - low)) / range)),
    );
  }
}

const rarest = 1e-5;
const most = 300;
/** So many overlaps of the average list stand beside a list's own. */
const prior = 3;

/**
 * By query, the share of each bin among the overlaps of its list with lists of other users, 300 of them, at equal distances in the signal;
 * as rbo has them for lists of full depth.
 * @param binOf bin of an overlap
 */
export function strangersOverlaps(
  { lists, user }: ListSignal,
  overlap: Overlap,
  bins: number,
  binOf: (overlap: number) => number,
): Float64Array[] {
  const m = Math.min(most, user.length);
  const strangers = Array.from({ length: m }, (_, n) => Math.floor((n * user.length) / m));
  const having = new Map<number, [stranger: number, place: number][]>();
  strangers.forEach((other, n) =>
    row(lists, other)
      .subarray(0, overlap.depth)
      .forEach((item, place) => {
        const places = having.get(item) ?? [];
        places.push([n, place]);
        having.set(item, places);
      }),
  );
  const worth = worthOfShared(overlap);
  const counts = Array.from(user, (own, s) => {
    const overlaps = new Float64Array(m);
    row(lists, s)
      .subarray(0, overlap.depth)
      .forEach((item, place) => {
        for (const [n, other] of having.get(item) ?? []) overlaps[n]! += worth[Math.max(place, other)]!;
      });
    const shares = new Float64Array(bins);
    overlaps.forEach((value, n) => (shares[binOf(value)]! += Number(user[strangers[n]!] !== own)));
    return shares;
  });
  const average = new Float64Array(bins).fill(1 / bins);
  for (const shares of counts) shares.forEach((count, bin) => (average[bin]! += count));
  const all = average.reduce((a, b) => a + b);
  return counts.map((shares) => {
    const sum = shares.reduce((a, b) => a + b) + prior;
    return shares.map((count, bin) => (count + (prior * average[bin]!) / all) / sum);
  });
}

/** What an item adds to rbo that both lists have, by its place in the list where it comes later. */
function worthOfShared({ depth, persistence: p }: Overlap): Float64Array {
  const worth = new Float64Array(depth);
  let norm = 0;
  for (let d = depth - 1; d >= 0; d--) {
    worth[d] = p ** d / (d + 1) + (worth[d + 1] ?? 0);
    norm += p ** d;
  }
  return worth.map((w) => w / norm);
}
