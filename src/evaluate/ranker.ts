import { complain } from "../errors.ts";

/**
 * Ranks one user's scores at a time. The tie rule: the higher score first, equal scores by the smaller item index.
 * Masked items are no candidates. Buffers are reused from user to user; the scores are never written to.
 */
export class Ranker {
  /** An item is masked for the present user when its stamp is that user's. */
  readonly #stamps: Int32Array;
  #stamp = 0;
  #scores: Float32Array = new Float32Array(0);

  /** @param items catalogue size I. */
  constructor(items: number) {
    this.#stamps = new Int32Array(items);
  }

  /**
   * Takes up the next user.
   * @param scores [I], read until the next call of `open`.
   * @param masked rows of item indices that are no candidates.
   * @throws UserError("input") for a score that is not a number.
   */
  open(user: number, scores: Float32Array, masked: readonly Int32Array[]): void {
    for (let i = 0; i < scores.length; i++) if (Number.isNaN(scores[i]!)) throw notANumber(user, i);
    this.#scores = scores;
    this.#stamp++;
    for (const row of masked) for (const item of row) this.#stamps[item] = this.#stamp;
  }

  /**
   * @param targets item indices; a repeated one counts once.
   * @returns [T] ranks of the distinct targets, ascending from 1. A masked target is no candidate: its rank is Infinity.
   */
  ranks(targets: Int32Array): Float64Array {
    const distinct = [...new Set(targets)];
    const ranked = distinct.filter((t) => this.#stamps[t] !== this.#stamp);
    ranked.sort((a, b) => this.#scores[b]! - this.#scores[a]! || a - b);
    const above = this.#countAbove(ranked);
    const ranks = new Float64Array(distinct.length).fill(Infinity);
    let passed = 0;
    for (let n = 0; n < ranked.length; n++) ranks[n] = (passed += above[n]!) + 1;
    return ranks;
  }

  /** @returns [T] how many candidates lie above target n and not above target n - 1. `ranked` is best first. */
  #countAbove(ranked: readonly number[]): Int32Array {
    const above = new Int32Array(ranked.length);
    if (ranked.length === 0) return above;
    const [scores, stamps, stamp] = [this.#scores, this.#stamps, this.#stamp];
    const best = scores[ranked[0]!]!;
    const worst = scores[ranked.at(-1)!]!;
    for (let i = 0; i < scores.length; i++) {
      const score = scores[i]!;
      if (score < worst || stamps[i] === stamp) continue;
      const n = score > best ? 0 : this.#firstBeaten(i, ranked);
      if (n < ranked.length) above[n]!++;
    }
    return above;
  }

  /** @returns the position of the best target that item i lies above, by bisection; T if it beats none. */
  #firstBeaten(i: number, ranked: readonly number[]): number {
    const score = this.#scores[i]!;
    let low = 0;
    let high = ranked.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#scores[ranked[middle]!]!;
      if (score > other || (score === other && i < ranked[middle]!)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /**
   * Writes the best candidates, best first.
   * @param best [k] receives item indices.
   * @returns how many were written: k, or fewer where fewer candidates exist.
   */
  top(best: Int32Array): number {
    const [scores, stamps, stamp] = [this.#scores, this.#stamps, this.#stamp];
    let size = 0;
    let worst = Infinity;
    for (let i = 0; i < scores.length; i++) {
      const score = scores[i]!;
      if ((size === best.length && score <= worst) || stamps[i] === stamp) continue;
      let at = size < best.length ? size++ : size - 1;
      for (; at > 0 && scores[best[at - 1]!]! < score; at--) best[at] = best[at - 1]!;
      best[at] = i;
      worst = scores[best[size - 1]!]!;
    }
    return size;
  }
}

function notANumber(user: number, item: number): Error {
  return complain("input", {
    where: `the model's score of item ${item} for user ${user}`,
    expected: "a number",
    got: "NaN",
    fix: "Train the model again with a smaller learning rate, its weights have diverged",
  });
}
