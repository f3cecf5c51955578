/** What Adam's formula needs of each of the latest steps, kept for rows that are brought up to date later. */
import { at, type Arena } from "../kernels/index.ts";
import type { OptimiserOptions } from "./options.ts";

/** How many steps a row may lag behind. */
const window = 256;

export const scheduleNumbers = 3 * window;

export class Schedule {
  readonly #options: OptimiserOptions;
  readonly #rates: Float32Array;
  readonly #corrections: Float32Array;
  readonly #decays: Float32Array;
  /** The first step whose values are kept. */
  #first = 1;

  constructor(options: OptimiserOptions, arena: Arena) {
    this.#options = options;
    this.#rates = arena.float32(window);
    this.#corrections = arena.float32(window);
    this.#decays = arena.float32(window);
  }

  /** No step is kept any more: every row is up to date after step `t`. */
  restart(t: number): void {
    this.#first = t + 1;
  }

  /** Whether another step can be kept. */
  hasRoom(t: number): boolean {
    return t - this.#first < window;
  }

  /** Learning rate of step t, warm-up included. */
  rate(t: number): number {
    const { learningRate, warmup } = this.#options;
    return learningRate * (warmup === 0 ? 1 : Math.min(1, t / warmup));
  }

  /** Keeps step t. @returns rate / (1 - b1^t), 1 / sqrt(1 - b2^t), and AdamW's decay. */
  keep(t: number): readonly [step: number, correction: number, decay: number] {
    const { beta1, beta2, optimiser, weightDecay } = this.#options;
    const i = t - this.#first;
    const rate = this.rate(t);
    this.#rates[i] = rate / (1 - beta1 ** t);
    this.#corrections[i] = 1 / Math.sqrt(1 - beta2 ** t);
    this.#decays[i] = optimiser === "adamw" ? rate * weightDecay : 0;
    return [this.#rates[i], this.#corrections[i], this.#decays[i]];
  }

  /** @returns the kernel's arguments: where the kept values are, and the step that the first ones are of. */
  kept(): readonly [steps: number, corrections: number, decays: number, first: number] {
    return [at(this.#rates), at(this.#corrections), at(this.#decays), this.#first];
  }
}
