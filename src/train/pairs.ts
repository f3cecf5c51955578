/** What training on pairs learns from: interactions in random order, each with items its user has not seen. */
import { lengthOf, row, rows, type Sequences } from "../dataset/index.ts";
import type { Edges } from "../models/index.ts";
import type { Random } from "../random.ts";

export interface PairBatch {
  readonly users: Int32Array; // [N]
  readonly positives: Int32Array; // [N]
  readonly negatives: Int32Array; // [N, S]
}

export class Pairs {
  readonly #users: Int32Array;
  readonly #positives: Int32Array;
  readonly #seen: readonly ReadonlySet<number>[];
  readonly #items: number;
  readonly #random: Random;

  /** Every training interaction of `users`; `items` is the size of the catalogue. */
  constructor(train: Sequences, users: Int32Array, items: number, random: Random) {
    const { user, item } = edgesOf(train, users);
    [this.#users, this.#positives] = [user, item];
    this.#seen = Array.from({ length: rows(train) }, (_, u) => new Set(row(train, u)));
    this.#items = items;
    this.#random = random;
  }

  /** The interactions, in no order. */
  get edges(): Edges {
    return { user: this.#users, item: this.#positives };
  }

  /** @param drawn S @returns the batches of one epoch: its steps, and each step's pairs. */
  epoch(epoch: number, batchSize: number, drawn = 1): { steps: number; batch: (step: number) => PairBatch } {
    const order = this.#random.split("order", epoch).shuffle(Int32Array.from(this.#users.keys()));
    return {
      steps: Math.ceil(order.length / batchSize),
      batch: (step) => {
        const chosen = order.subarray(step * batchSize, (step + 1) * batchSize);
        const draw = this.#random.split("negatives", epoch, step);
        const users = chosen.map((p) => this.#users[p]!);
        const unseen = (u: number) => drawUnseen((item) => this.#seen[u]!.has(item), this.#items, draw);
        return {
          users,
          positives: chosen.map((p) => this.#positives[p]!),
          negatives: Int32Array.from({ length: drawn * users.length }, (_, n) =>
            unseen(users[Math.floor(n / drawn)]!),
          ),
        };
      },
    };
  }
}

/** @returns every training interaction of `users`. */
export function edgesOf(train: Sequences, users: Int32Array): Edges {
  const size = users.reduce((n, u) => n + lengthOf(train, u), 0);
  const edges = { user: new Int32Array(size), item: new Int32Array(size) };
  let at = 0;
  for (const u of users) {
    const history = row(train, u);
    edges.user.fill(u, at, at + history.length);
    edges.item.set(history, at);
    at += history.length;
  }
  return edges;
}

/** A uniform item the user has not seen; any item once the user has seen nearly all. */
export function drawUnseen(seen: (item: number) => boolean, items: number, random: Random): number {
  let item = random.integer(items);
  for (let tries = 0; seen(item) && tries < 100; tries++) item = random.integer(items);
  return item;
}

/** @returns a and b in one array. */
export function joined(a: Int32Array, b: Int32Array): Int32Array {
  const both = new Int32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
