/**
 * Dropout masks come from outside the graph, so that randomness is an argument and resuming is exact. A mask is a
 * window into one pool of Bernoulli numbers per epoch, at a random offset per site and step: no time, no copy.
 */
import { bindShape, input, mul, sizeOf, type Shape, type Tensor } from "../graph/index.ts";
import type { Dropout } from "../models/index.ts";
import type { Random } from "../random.ts";
import type { Feed } from "../graph/index.ts";

const offsets = 1 << 20;

/** A place in the graph where numbers are dropped: an input of this name and shape. */
export interface DropoutSite {
  readonly name: string;
  readonly shape: Shape;
}

/** @returns a dropout that adds an input per use to `sites`; the identity at rate 0. */
export function makeDropout(rate: number, sites: DropoutSite[]): Dropout {
  if (rate === 0) return (x) => x;
  return function dropout(x: Tensor): Tensor {
    const site = { name: `dropout.${sites.length}`, shape: x.shape };
    sites.push(site);
    return mul(x, input(site.name, site.shape));
  };
}

/** The masks of one epoch: 0 with probability `rate`, else 1 / (1 - rate). */
export class DropoutMasks {
  readonly #rate: number;
  readonly #random: Random;
  readonly #stream: Random;
  #pool: Float32Array = new Float32Array(0);

  constructor(rate: number, random: Random) {
    this.#rate = rate;
    this.#random = random;
    this.#stream = random.split("pool");
  }

  /** @returns a feed per site for one part of one step; `symbols` are the part's sizes. */
  feeds(
    sites: readonly DropoutSite[],
    [step, part]: readonly [number, number],
    symbols: ReadonlyMap<string, number>,
  ): Record<string, Feed> {
    const random = this.#random.split("offset", step, part);
    const feeds: Record<string, Feed> = {};
    for (const { name, shape } of sites) {
      const bound = bindShape(shape, symbols);
      const size = sizeOf(bound);
      const offset = random.integer(offsets);
      feeds[name] = { data: this.#window(offset, size), shape: bound };
    }
    return feeds;
  }

  /** The pool grows by drawing on: its beginning never changes, whatever the sizes asked for. */
  #window(offset: number, size: number): Float32Array {
    const needed = offsets + size;
    if (this.#pool.length < needed) {
      const pool = new Float32Array(new SharedArrayBuffer(4 * needed)); // threads copy their windows themselves
      pool.set(this.#pool);
      const threshold = this.#rate * 4294967296;
      const kept = 1 / (1 - this.#rate);
      for (let i = this.#pool.length; i < needed; i++) pool[i] = this.#stream.uint32() < threshold ? 0 : kept;
      this.#pool = pool;
    }
    return this.#pool.subarray(offset, offset + size);
  }
}
