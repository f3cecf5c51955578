import { Arena, at, listScratch } from "../kernels/index.ts";
import { notANumber } from "./table-ranking.ts";

/**
 * Ranks one user's scores at a time. The tie rule: the higher score first, equal scores by the smaller item index.
 * Masked items are no candidates, nor are items with a score of -Infinity. The given scores are never written to.
 */
export class Ranker {
  /** [I] the present user's scores, -Infinity where masked. */
  readonly #scores: Float32Array;
  readonly #longest: number;
  readonly #order: Int32Array;
  readonly #scratch: Int32Array;
  readonly #arena: Arena;

  /** @param items catalogue size I. @param longest the most items {@link Ranker.top} is asked for. */
  constructor(items: number, longest: number) {
    this.#longest = Math.min(items, longest);
    this.#arena = new Arena(2 * items + listScratch(items), 3);
    this.#scores = this.#arena.float32(items);
    this.#order = this.#arena.int32(items);
    this.#scratch = this.#arena.int32(listScratch(items));
  }

  /**
   * Takes up the next user.
   * @param scores [I]
   * @param masked rows of item indices that are no candidates.
   * @throws UserError("input") for a score that is not a number.
   */
  open(user: number, scores: Float32Array, masked: readonly Int32Array[]): void {
    this.#scores.set(scores);
    const item = this.#arena.kernels.firstNaN(at(this.#scores), scores.length);
    if (item >= 0) throw notANumber(user, item);
    for (const row of masked) for (const i of row) this.#scores[i] = -Infinity;
  }

  /**
   * @param targets item indices; a repeated one counts once.
   * @returns [T] ranks of the distinct targets, ascending from 1. A masked target is no candidate: its rank is Infinity.
   */
  ranks(targets: Int32Array): Float64Array {
    const rank = (target: number) => (this.#scores[target] === -Infinity ? Infinity : this.above(target) + 1);
    return Float64Array.from(new Set(targets), rank).sort();
  }

  /** @returns how many candidates rank above an item. */
  above(item: number): number {
    return this.#arena.kernels.countAbove(at(this.#scores), this.#scores.length, item);
  }

  /**
   * Writes the best candidates, best first.
   * @param best [k] receives item indices.
   * @returns how many were written: k, or fewer where fewer candidates exist.
   */
  top(best: Int32Array): number {
    const [scores, order] = [this.#scores, this.#order];
    const k = Math.min(best.length, this.#longest);
    const { kernels } = this.#arena;
    const size = kernels.best(at(scores), scores.length, k, at(order), at(this.#scratch));
    best.set(order.subarray(0, size));
    return size;
  }

  /**
   * Writes how many items rank above each item of the catalogue; masked ones rank behind all candidates.
   * @param places [I]
   */
  places(places: Int32Array): void {
    const [scores, order] = [this.#scores, this.#order];
    this.#arena.kernels.orderAll(at(scores), scores.length, at(order), at(this.#scratch));
    for (let place = 0; place < order.length; place++) places[order[place]!] = place;
  }
}
