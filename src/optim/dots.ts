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

/** Where pairs are in the arena. */
interface Place extends Pairs {
  readonly of: Pairs;
  /** Scores, then their gradients. */
  readonly values: Float32Array; // [N, S]
}

/** How many 4-byte numbers it takes of an arena for up to `pairs` pairs. */
export const dotNumbers = (pairs: number): number => 3 * pairs;

export class Dots {
  readonly #arena: Arena;
  readonly #rows: Int32Array;
  readonly #chosen: Int32Array;
  readonly #values: Float32Array;
  /** What scores were asked of since gradients were last pushed, one after another. */
  #places: Place[] = [];

  /** @param pairs the most between two updates */
  constructor(arena: Arena, pairs: number) {
    this.#arena = arena;
    this.#rows = arena.int32(pairs);
    this.#chosen = arena.int32(pairs);
    this.#values = arena.float32(pairs);
  }

  /** @returns [N, S], until {@link clear} */
  scores(left: Side, right: Side, pairs: Pairs): Float32Array {
    const place = this.#place(pairs);
    const w = [at(left.w), at(right.w), left.width] as const;
    this.#arena.kernels.chosenScores(...w, ...sizesOf(place), at(place.values));
    return place.values;
  }

  /** Adds the gradients of both sides. @param d [N, S] the gradient of the scores */
  push(left: Side, right: Side, pairs: Pairs, d: Float32Array): void {
    const same = ({ of }: Place) => of.rows === pairs.rows && of.chosen === pairs.chosen;
    const place = this.#places.find(same) ?? this.#place(pairs);
    place.values.set(d);
    const [w, g] = [[at(left.w), at(right.w)] as const, [at(left.g), at(right.g)] as const];
    this.#arena.kernels.pushScores(...w, ...g, left.width, ...sizesOf(place), at(place.values));
  }

  /** Forgets what was asked. */
  clear(): void {
    this.#places = [];
  }

  #place({ rows, chosen }: Pairs): Place {
    const taken = this.#places.reduce((n, { values }) => n + values.length, 0);
    const from = taken + chosen.length > this.#values.length ? 0 : taken; // asked again before an update
    if (from === 0) this.clear();
    const place = {
      of: { rows, chosen },
      rows: this.#rows.subarray(from, from + rows.length),
      chosen: this.#chosen.subarray(from, from + chosen.length),
      values: this.#values.subarray(from, from + chosen.length),
    };
    place.rows.set(rows);
    place.chosen.set(chosen);
    this.#places.push(place);
    return place;
  }
}

/** What a kernel takes of pairs. */
const sizesOf = ({ rows, chosen }: Pairs) =>
  [at(rows), at(chosen), rows.length, chosen.length / rows.length] as const;
