/** Dot products of rows of two weights, computed where the weights are, and their gradients added where gradients are. */
import { at, type Arena } from "../kernels/index.ts";

/** N rows of one weight, each with S rows of another. */
export interface Pairs {
  readonly rows: Int32Array; // [N]
  readonly chosen: Int32Array; // [N, S]
}

/** One side: a weight and its gradient, in the arena. */
interface Side {
  readonly w: Float32Array;
  readonly g: Float32Array;
  readonly width: number;
}

/** How many 4-byte numbers it takes of an arena for up to `pairs` pairs. */
export const dotNumbers = (pairs: number): number => 3 * pairs;

export class Dots {
  readonly #arena: Arena;
  readonly #rows: Int32Array;
  readonly #chosen: Int32Array;
  readonly #values: Float32Array;

  constructor(arena: Arena, pairs: number) {
    this.#arena = arena;
    this.#rows = arena.int32(pairs);
    this.#chosen = arena.int32(pairs);
    this.#values = arena.float32(pairs);
  }

  /** @returns [N, S] */
  scores(left: Side, right: Side, pairs: Pairs): Float32Array {
    const [rows, chosen, n, s] = this.#place(pairs);
    const out = this.#values.subarray(0, n * s);
    this.#arena.kernels.chosenScores(at(left.w), at(right.w), left.width, rows, chosen, n, s, at(out));
    return Float32Array.from(out);
  }

  /** Adds the gradients of both sides. @param d [N, S] the gradient of the scores */
  push(left: Side, right: Side, pairs: Pairs, d: Float32Array): void {
    const [rows, chosen, n, s] = this.#place(pairs);
    this.#values.set(d);
    const [w, g] = [[at(left.w), at(right.w)] as const, [at(left.g), at(right.g)] as const];
    this.#arena.kernels.pushScores(...w, ...g, left.width, rows, chosen, n, s, at(this.#values));
  }

  #place({ rows, chosen }: Pairs): readonly [rows: number, chosen: number, n: number, s: number] {
    this.#rows.set(rows);
    this.#chosen.set(chosen);
    return [at(this.#rows), at(this.#chosen), rows.length, chosen.length / rows.length];
  }
}
