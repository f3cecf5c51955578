import { setTimeout as sleep } from "node:timers/promises";

/** Lateness of timers that may be caught up, in milliseconds. */
const slack = 100;

/** One limit shared by everybody who asks a teacher: queries leave evenly, and none while the teacher wants rest. */
export class RateLimit {
  readonly #spacing: number;
  #next = 0;
  #restUntil = 0;

  /** @param qps queries per second; null = no limit. */
  constructor(qps: number | null) {
    this.#spacing = qps === null ? 0 : 1000 / qps;
  }

  /** Waits for the turn of `queries` queries. @throws AbortError when stopped. */
  async turn(queries: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const now = performance.now();
    const mine = Math.max(this.#next, now - slack);
    this.#next = mine + queries * this.#spacing;
    await this.#until(mine, signal);
    while (this.#restUntil > performance.now()) await this.#until(this.#restUntil, signal);
  }

  /** Nobody asks for the next `ms` milliseconds. */
  rest(ms: number): void {
    this.#restUntil = Math.max(this.#restUntil, performance.now() + ms);
  }

  async #until(time: number, signal: AbortSignal): Promise<void> {
    const ms = time - performance.now();
    if (ms > 0) await sleep(Math.ceil(ms), undefined, { signal });
  }
}
