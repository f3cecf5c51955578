/** How methods draw items: by rank or by weight without replacement, or uniformly from the rest of the catalogue. */
import type { Random } from "../random.ts";

/** @returns positions of the n largest keys, the largest first, equal ones in order; all where there are fewer. */
export function largest(keys: Float64Array, n: number): Int32Array {
  const most = Math.min(n, keys.length);
  const [best, values] = [new Int32Array(most), new Float64Array(most)];
  for (let p = 0, count = 0; p < keys.length && most > 0; p++) {
    const key = keys[p]!;
    if (count === most && key <= values[most - 1]!) continue;
    let at = count < most ? count++ : most - 1;
    for (; at > 0 && values[at - 1]! < key; at--) {
      values[at] = values[at - 1]!;
      best[at] = best[at - 1]!;
    }
    values[at] = key;
    best[at] = p;
  }
  return best;
}

/**
 * n positions without replacement, weights exp(logit), in the order of their drawing: the largest of logit + Gumbel noise.
 * The logits are overwritten.
 */
export function drawWeighted(logits: Float64Array, n: number, random: Random): Int32Array {
  for (let p = logits.length - 1; p >= 0; p--) logits[p]! += gumbel(random);
  return largest(logits, n);
}

/** -log(-log u) */
export const gumbel = (random: Random): number => -Math.log(-Math.log(random.uniform() || 0.5 / 4294967296));

/** A rank below n with probability prop. to exp(-rank / scale): the inverse of the truncated distribution. */
export function drawRank(n: number, scale: number, random: Random): number {
  const rank = Math.floor(-scale * Math.log1p(random.uniform() * Math.expm1(-n / scale)));
  return Math.min(rank, n - 1);
}

/** Draws uniformly from the catalogue without what is closed for a user. */
export class RestOfCatalogue {
  /** [I] the last round in which an item was closed or drawn. */
  readonly #closed: Int32Array;
  #round = 0;
  #open = 0;

  constructor(items: number) {
    this.#closed = new Int32Array(items);
  }

  /** Takes up the next user. @param closed rows of items that are not drawn; -1 closes nothing. */
  open(...closed: readonly Int32Array[]): void {
    this.#round++;
    this.#open = this.#closed.length;
    for (const row of closed) for (const item of row) if (item >= 0) this.#close(item);
  }

  /** Fills `drawn` with different items. @returns how many there are; the rest of `drawn` is left as it was. */
  draw(drawn: Int32Array, random: Random): number {
    const n = Math.min(drawn.length, this.#open);
    if (2 * n > this.#open) {
      const open = Int32Array.from(this.#closed.keys()).filter((item) => this.#closed[item] !== this.#round);
      drawn.set(random.sample(open.length, n).map((p) => open[p]!));
      return n;
    }
    for (let at = 0; at < n;) {
      const item = random.integer(this.#closed.length);
      if (this.#close(item)) drawn[at++] = item;
    }
    return n;
  }

  /** @returns an item that is not closed, and does not close it; 0 where all are. */
  one(random: Random): number {
    if (this.#open === 0) return 0;
    for (;;) {
      const item = random.integer(this.#closed.length);
      if (this.#closed[item] !== this.#round) return item;
    }
  }

  #close(item: number): boolean {
    if (this.#closed[item] === this.#round) return false;
    this.#closed[item] = this.#round;
    this.#open--;
    return true;
  }
}
