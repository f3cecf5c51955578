/**
 * Kernels: the loops that a measurement asked for, in AssemblyScript (`assembly/`), compiled to WebAssembly SIMD by
 * `npm run build`. They work on arrays of a memory of their own: allocate what a job needs once, then call.
 */
import { readFileSync } from "node:fs";

/** The exports of assembly/index.ts; arrays are passed as their byte offsets, see {@link at}. */
export interface Kernels {
  firstNaN(scores: number, n: number): number;
  mask(scores: number, items: number, n: number): void;
  ranksOf(scores: number, n: number, items: number, t: number, ranks: number): void;
  countAbove(scores: number, n: number, target: number): number;
  topK(scores: number, n: number, k: number, best: number, keys: number): number;
  orderAll(scores: number, n: number, order: number, scratch: number): number;
  best(scores: number, n: number, k: number, best: number, scratch: number): number;
  longList(scores: number, n: number, k: number, best: number, scratch: number): number;
  dotPanels(users: number, n: number, panels: number, items: number, d: number, scores: number): void;
  addMaxima(
    users: number,
    n: number,
    panels: number,
    items: number,
    weights: number,
    h: number,
    scores: number,
  ): void;
  chosenScores(
    users: number,
    items: number,
    width: number,
    rows: number,
    chosen: number,
    n: number,
    s: number,
    out: number,
  ): void;
  pushScores(
    users: number,
    items: number,
    dUsers: number,
    dItems: number,
    width: number,
    rows: number,
    chosen: number,
    n: number,
    s: number,
    dOut: number,
  ): void;
  adam(
    w: number,
    m: number,
    v: number,
    g: number,
    n: number,
    beta1: number,
    beta2: number,
    scale: number,
    coupled: number,
    decoupled: number,
    step: number,
    correction: number,
    epsilon: number,
  ): void;
  adamRows(
    w: number,
    m: number,
    v: number,
    g: number,
    width: number,
    rows: number,
    n: number,
    beta1: number,
    beta2: number,
    scale: number,
    coupled: number,
    decoupled: number,
    step: number,
    correction: number,
    epsilon: number,
  ): void;
  adamIdleRows(
    w: number,
    m: number,
    v: number,
    width: number,
    rows: number,
    n: number,
    last: number,
    to: number,
    beta1: number,
    beta2: number,
    coupled: number,
    steps: number,
    corrections: number,
    decays: number,
    first: number,
    epsilon: number,
  ): void;
  sparseProduct(
    offsets: number,
    columns: number,
    values: number,
    m: number,
    n: number,
    x: number,
    d: number,
    y: number,
    alpha: number,
    z: number,
    beta: number,
    panel: number,
  ): void;
  invert(a: number, n: number, diagonal: number, sums: number): number;
}

let compiled: WebAssembly.Module | undefined;

/** @returns the kernels' program, which may be given to other threads. */
export const kernelModule = (): WebAssembly.Module =>
  (compiled ??= new WebAssembly.Module(readFileSync(new URL("./kernels.wasm", import.meta.url))));

/**
 * A memory of fixed size with kernels that see it; it is freed with its last array. Its text may run in other threads.
 */
export class Arena {
  readonly kernels: Kernels;
  /** Cache lines are 64 bytes: a row of a table touches no more of them than it must. */
  readonly #alignment = 64;
  readonly #memory: WebAssembly.Memory;
  /** The program's own data lies below. */
  #next = 1024;

  /** @param numbers how many 4-byte numbers it has room for, in up to `arrays` arrays. */
  constructor(numbers: number, arrays: number, program = kernelModule()) {
    const [page, bytes] = [65536, this.#next + 4 * numbers + this.#alignment * arrays];
    this.#memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / page) });
    const instance = new WebAssembly.Instance(program, { env: { memory: this.#memory } });
    this.kernels = instance.exports as unknown as Kernels;
  }

  float32(length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, this.#take(length), length);
  }

  int32(length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, this.#take(length), length);
  }

  /** Each takes the room of two numbers. */
  float64(length: number): Float64Array {
    return new Float64Array(this.#memory.buffer, this.#take(2 * length), length);
  }

  #take(length: number): number {
    const offset = this.#next;
    this.#next = Math.ceil((offset + 4 * length) / this.#alignment) * this.#alignment;
    return offset;
  }
}

/** How many numbers {@link Kernels.orderAll} needs for n items: pairs of key and item twice, and counts of three digits. */
export const orderScratch = (n: number): number => 4 * n + 3 * 2048;

/** The same for {@link Kernels.best} and {@link Kernels.longList}: what they sort, besides. */
export const listScratch = (n: number): number => 7 * n + 3 * 2048;

/** @returns what a kernel takes for an array of its arena, from element `from` on. */
export const at = (array: Float32Array | Int32Array | Float64Array, from = 0): number =>
  array.byteOffset + array.BYTES_PER_ELEMENT * from;
