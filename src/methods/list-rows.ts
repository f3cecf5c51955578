/** What the methods on teachers' lists read of a signal. Rows that are filled up with -1 are those of rows.ts. */
import { row, type Sequences } from "../dataset/index.ts";
import type { Random } from "../random.ts";
import type { ListSignal } from "../signals/index.ts";
import { RestOfCatalogue } from "./draws.ts";

/** @returns the rows of a signal that are no views of others. */
export const withoutViews = ({ user, base }: ListSignal): Int32Array =>
  Int32Array.from(user.keys()).filter((query) => base[query]! < 0);

/** @returns the rows of a signal that a student reads. @param views what a view counts: at 0 none is read */
export const readRows = (signal: ListSignal, views: number): Int32Array =>
  views > 0 ? Int32Array.from(signal.user.keys()) : withoutViews(signal);

/** @returns whether a row of the signal is a view of another; filler is none. */
export const isView = ({ base }: ListSignal, query: number): boolean => base[query]! >= 0;

/** @returns the row of the history that a view is of; any other row is its own. */
export const wholeOf = (signal: ListSignal, query: number): number =>
  isView(signal, query) ? signal.base[query]! : query;

/** @returns [Q, 1] 1 / n for the n queries of a batch, 0 for filler: weights that make a sum a mean. */
export function meanOver(queries: Int32Array): Float32Array {
  const n = countOf(queries);
  return Float32Array.from(queries, (query) => (query < 0 ? 0 : 1 / n));
}

/** @returns how many queries of a batch are no filler. */
export const countOf = (queries: Int32Array): number =>
  queries.reduce((count, query) => count + Number(query >= 0), 0);

/** @returns [Q, k] the first k items of each query's list, -1 where it is shorter or the query is filler. */
export function firstOf(signal: ListSignal, k: number, queries: Int32Array): Int32Array {
  const lists = new Int32Array(queries.length * k).fill(-1);
  queries.forEach((query, b) => {
    if (query >= 0) lists.set(row(signal.lists, query).subarray(0, k), b * k);
  });
  return lists;
}

/** Draws items that a query's user does not have and that its list does not hold. */
export class Unlisted {
  readonly #signal: ListSignal;
  readonly #train: Sequences;
  readonly #rest: RestOfCatalogue;

  constructor(signal: ListSignal, train: Sequences, items: number) {
    this.#signal = signal;
    this.#train = train;
    this.#rest = new RestOfCatalogue(items);
  }

  /** @returns [Q, n] uniform items, each once in a row; -1 where there are fewer or the query is filler. */
  draw(queries: Int32Array, n: number, random: Random): Int32Array {
    const drawn = new Int32Array(queries.length * n).fill(-1);
    queries.forEach((query, b) => {
      if (query < 0) return;
      const { user, lists } = this.#signal;
      this.#rest.open(row(this.#train, user[query]!), row(lists, query));
      this.#rest.draw(drawn.subarray(b * n, (b + 1) * n), random);
    });
    return drawn;
  }
}
