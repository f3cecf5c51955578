/**
 * How far a student's ranking of a user is from a teacher's list of the user:
 *
 *   D = 1 - sum_t g_t / log2(t + 2) / (the most that this sum can be),   over the places t = 0, 1, .. of common items
 *
 * "set"    g_t = 2^exp(-t / 10) - 1 at the student's place t: the order of the teacher's list does not matter
 * "order"  g_t of the item's place in the teacher's list
 *
 * Both are cut at n items; the quotient is rounded to four decimals. Kang et al., HetComp, WWW 2023: the code has "set",
 * "order" is the usual form of NDCG.
 */
export class Discrepancy {
  readonly #n: number;
  readonly #inOrder: boolean;
  /** [I] 1 + the student's place of an item, in the round in which it was set. */
  readonly #places: Int32Array;
  readonly #rounds: Int32Array;
  #round = 0;
  #length = 0;

  constructor(items: number, n: number, form: "set" | "order") {
    [this.#n, this.#inOrder] = [n, form === "order"];
    [this.#places, this.#rounds] = [new Int32Array(items), new Int32Array(items)];
  }

  /** Takes up the next user. @param student best items first, -1 where there are fewer */
  open(student: Int32Array): void {
    this.#round++;
    this.#length = 0;
    for (const item of student.subarray(0, this.#n)) {
      if (item < 0) return;
      this.#places[item] = this.#length++;
      this.#rounds[item] = this.#round;
    }
  }

  /** @returns D in float32; NaN where one of the two lists nothing. */
  from(list: Int32Array): number {
    let [found, most] = [0, 0];
    for (let r = 0; r < Math.min(this.#n, list.length) && list[r]! >= 0; r++) {
      if (r < this.#length) most += weightOf(r, r);
      const t = this.#places[list[r]!]!;
      if (this.#rounds[list[r]!] === this.#round) found += weightOf(t, this.#inOrder ? r : t);
    }
    return Math.fround(1 - Math.round((1e4 * found) / most) / 1e4);
  }
}

/** (2^exp(-r / 10) - 1) / log2(t + 2) */
const weightOf = (t: number, r: number): number => (2 ** Math.exp(-r / 10) - 1) / Math.log2(t + 2);
