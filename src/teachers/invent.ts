/**
 * Queries without data: histories that are made up, every prefix of which is asked.
 * Yue, He, Zeng, McAuley, "Black-Box Attacks on Sequential Recommenders via Data-Free Model Extraction", RecSys 2021.
 *
 *   random           x_1 .. x_L uniform over the catalogue
 *   autoregressive   x_1 uniform over the catalogue, x_(t+1) uniform over the teacher's list for x_1 .. x_t
 *
 * A history of L items costs L answers. What history n holds depends on the seed, n and the answers alone, so that a probe
 * that goes on, or has more to spend, invents the same ones. A history ends where there is no answer to go on with.
 *
 * Differs from the authors' code: what is spent is counted in answers, not in histories, and the last history is shorter
 * where it does not come out even; every prefix is learned from, none is kept to validate on.
 */
import { fromLists } from "../dataset/index.ts";
import type { Random } from "../random.ts";
import type { QueryPlan } from "./plan.ts";

export interface InventOptions {
  /** Answers that may be paid. */
  readonly budget: number;
  /** L, items of a history. */
  readonly maxLength: number;
  /** Items of the catalogue. */
  readonly items: number;
  readonly random: Random;
}

/** @returns how many items each history is to have: L but for the last. */
export function inventedLengths({
  budget,
  maxLength,
}: Pick<InventOptions, "budget" | "maxLength">): number[] {
  const rest = budget % maxLength;
  const whole = Array<number>(Math.floor(budget / maxLength)).fill(maxLength);
  return rest === 0 ? whole : [...whole, rest];
}

/** @returns histories of items drawn one by one, whatever the teacher says. */
export const randomHistories = (options: InventOptions): number[][] =>
  inventedLengths(options).map((length, n) => {
    const random = options.random.split(n);
    return Array.from({ length }, () => random.integer(options.items));
  });

export interface GrowOptions {
  /** Items that each history is to have. */
  readonly lengths: readonly number[];
  /** @returns the item that history n begins with */
  readonly first: (n: number) => number;
  /** A history goes on with one of so many items at the top of its list. */
  readonly among: number;
  readonly random: Random;
}

/** DFME's: they begin with any item and go on with any listed one. */
export const autoregressive = (options: InventOptions): GrowOptions => ({
  lengths: inventedLengths(options),
  first: (n) => options.random.split(n).integer(options.items),
  among: Infinity,
  random: options.random,
});

/**
 * Ours, for what is left of a budget when owned histories are asked: short histories that begin with items of the catalogue, each as
 * often as every other, and go on with what the teacher likes best. Lengths and depth are those that were tried
 * (docs/experiments/bahsd.md).
 */
export function walks({ budget, items, random }: Omit<InventOptions, "maxLength">): GrowOptions {
  const order = random.split("starts").shuffle(Int32Array.from({ length: items }, (_, i) => i));
  const lengths = inventedLengths({ budget, maxLength: 3 });
  return { lengths, first: (n) => order[n % items]!, among: 20, random };
}

/** Histories that grow by an item in every round, out of the answers of the round before. */
export class GrowingHistories {
  readonly histories: number[][];
  readonly #options: GrowOptions;
  #open: number[];

  constructor(options: GrowOptions) {
    this.#options = options;
    this.histories = options.lengths.map((_, n) => [options.first(n)]);
    this.#open = Array.from(options.lengths.keys());
  }

  /** What to ask next: the histories as they are, but for those that have ended; no queries where all have. */
  round(): QueryPlan {
    return planOf(
      this.histories,
      this.#open.map((n) => [n, this.histories[n]!.length]),
    );
  }

  /** @param answerTo the items of a list, empty where there is none */
  grow(answerTo: (history: readonly number[]) => ArrayLike<number>): void {
    const { lengths, among, random } = this.#options;
    this.#open = this.#open.filter((n) => {
      const history = this.histories[n]!;
      if (history.length === lengths[n]) return false;
      const list = answerTo(history);
      if (list.length === 0) return false;
      history.push(list[random.split(n, history.length).integer(Math.min(among, list.length))]!);
      return true;
    });
  }

  /** Answers that histories which have not ended still want, those of this round included. */
  get wanted(): number {
    const { lengths } = this.#options;
    return this.#open.reduce((sum, n) => sum + lengths[n]! - this.histories[n]!.length + 1, 0);
  }
}

/** @returns the plan that asks every prefix of every history. */
export const planPrefixes = (histories: readonly (readonly number[])[]): QueryPlan =>
  planOf(
    histories,
    histories.flatMap((history, n) => history.map((_, i) => [n, i + 1] as const)),
  );

/** @param prefixes the number of a history and the length of its prefix; equal ones share a query */
function planOf(
  histories: readonly (readonly number[])[],
  prefixes: readonly (readonly [number, number])[],
): QueryPlan {
  const shown = prefixes.map(([n, end]) => histories[n]!.slice(0, end));
  const queryOf = new Map<string, number>();
  const first: number[] = [];
  const query = shown.map((history, r) => {
    const key = history.join();
    const known = queryOf.get(key) ?? first.push(r) - 1;
    queryOf.set(key, known);
    return known;
  });
  const whole = ([n, end]: readonly [number, number]) => end === histories[n]!.length;
  return {
    rows: {
      user: Int32Array.from(prefixes, ([n]) => n),
      start: new Int32Array(prefixes.length),
      end: Int32Array.from(prefixes, ([, end]) => end),
      view: prefixes.map((prefix) => (whole(prefix) ? "full" : "prefix")),
      scale: new Float32Array(prefixes.length).fill(1),
      base: new Int32Array(prefixes.length).fill(-1),
      histories: fromLists(shown),
    },
    query: Int32Array.from(query),
    first: Int32Array.from(first),
    left: 0,
    room: 0,
  };
}
