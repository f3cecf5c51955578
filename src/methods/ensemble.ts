/**
 * The teachers of a trajectory as one: G(u, i) = sum_x w_x M_x(u, i) over the teachers x whose list of user u names i. M is the
 * importance of its place there (importance.ts); every teacher may stand at a state of its own for every user.
 */
import type { Sequences } from "../dataset/index.ts";
import { complain } from "../errors.ts";
import type { TrajectorySignal } from "../signals/index.ts";
import { largest } from "./draws.ts";
import { importance } from "./importance.ts";

/** The best items of every user, best first; of equal ones that which an earlier teacher names. */
export interface BestItems {
  readonly items: Int32Array; // [U, K], -1 where fewer are named
  readonly importance: Float32Array; // [U, K] G, 0 there
}

export interface EnsembleOptions {
  /** Whether an item counts more whose place was steady: M with its second term. */
  readonly consistency: boolean;
  /** Places after which an item counts 1/e. */
  readonly decay: number;
  /** w by teacher; 1 unless said. */
  readonly weights?: readonly number[] | undefined;
}

type StateOf = (x: number, u: number) => number;

export class Ensemble {
  readonly #states: TrajectorySignal["states"];
  readonly #width: number;
  readonly #options: EnsembleOptions;
  /** [I] sums of one user; 0 between users. */
  readonly #sums: Float64Array;

  /** @throws UserError "conflict" where consistency is wanted of a signal that does not know it. */
  constructor({ directory, manifest, states }: TrajectorySignal, items: number, options: EnsembleOptions) {
    [this.#states, this.#width, this.#options] = [states, manifest.k, options];
    this.#sums = new Float64Array(items);
    const unkept = (x: number) => this.#weight(x) > 0 && states[x]!.some(({ spread }) => spread === null);
    const missing = manifest.teachers.filter((_, x) => unkept(x));
    if (options.consistency && missing.length > 0)
      throw complain("conflict", {
        where: "option consistency",
        expected: "a signal with the spread of every place for each of its teachers",
        got: `${directory} without it for ${missing.map(({ name }) => name).join(", ")}`,
        fix: "Leave consistency out, or record the trajectories with their last rankings",
      });
  }

  /** @param stateOf the state at which teacher x stands for user u; the last unless said */
  best(users: number, k: number, stateOf: StateOf = this.#last): BestItems {
    const items = new Int32Array(users * k).fill(-1);
    const found = new Float32Array(users * k);
    for (let u = 0; u < users; u++) {
      const named = this.add(u, this.#sums, stateOf);
      const sums = Float64Array.from(named, (item) => this.#sums[item]!);
      largest(sums, k).forEach((p, j) => {
        items[u * k + j] = named[p]!;
        found[u * k + j] = sums[p]!;
      });
      for (const item of named) this.#sums[item] = 0;
    }
    return { items, importance: found };
  }

  /** @returns [U, k] the best of every user's own items, by the last states; of equal ones the older first. */
  bestOwn({ items, offsets }: Sequences, k: number): Int32Array {
    const users = offsets.length - 1;
    const best = new Int32Array(users * k).fill(-1);
    for (let u = 0; u < users; u++) {
      const sums = new Map<number, number>(); // an item that is there twice has one place
      for (let n = offsets[u]!; n < offsets[u + 1]!; n++) sums.set(items[n]!, this.#ownSum(n));
      const own = Int32Array.from(sums.keys());
      best.set(
        largest(Float64Array.from(sums.values()), k).map((p) => own[p]!),
        u * k,
      );
    }
    return best;
  }

  readonly #last: StateOf = (x) => this.#states[x]!.length - 1;

  readonly #weight = (x: number): number => this.#options.weights?.[x] ?? 1;

  /**
   * Adds a user's importances to `sums` [I], which are 0 before.
   * @returns the items that are named; one of importance 0 by every teacher that names it
   */
  add(u: number, sums: Float64Array | Float32Array, stateOf: StateOf = this.#last): Int32Array {
    const k = this.#width;
    const named = new Int32Array(k * this.#states.length);
    let size = 0;
    for (const [x, states] of this.#states.entries()) {
      const { lists, spread } = states[stateOf(x, u)]!;
      const { consistency, decay } = this.#options;
      const [weight, kept] = [this.#weight(x), consistency ? spread : null];
      if (weight === 0) continue;
      for (let place = 0, n = u * k; place < k && lists[n]! >= 0; place++, n++) {
        const item = lists[n]!;
        if (sums[item] === 0) named[size++] = item;
        sums[item]! += weight * importance(place, kept === null ? null : kept[n]!, decay);
      }
    }
    return named.subarray(0, size);
  }

  #ownSum(n: number): number {
    return this.#states.reduce((sum, states, x) => {
      const place = states.at(-1)!.own[n]!;
      return place < 0 ? sum : sum + this.#weight(x) * importance(place, null, this.#options.decay);
    }, 0);
  }
}
