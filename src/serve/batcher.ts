import type { Bundle, Recommendation } from "../export/index.ts";

export type Query = Parameters<Bundle["recommend"]>[0][number];

/** Too many requests wait: the caller should come back in a moment. */
export class Overloaded extends Error {
  override readonly name = "Overloaded";
}

export interface BatcherOptions {
  /** Queries answered by one call of the model. */
  readonly maxBatch: number;
  /** Queries that may wait for their turn; one more is refused. */
  readonly maxWaiting: number;
}

/** Told what happened to each batch: its size, the longest wait and the model's time, in seconds. */
export type BatchListener = (size: number, waited: number, computed: number) => void;

interface Waiting {
  readonly query: Query;
  readonly k: number;
  readonly since: number;
  readonly resolve: (best: Recommendation[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Answers queries that come while the model is busy by one call: nobody waits for a batch to fill. */
export class Batcher {
  readonly #bundle: Bundle;
  readonly #options: BatcherOptions;
  readonly #listen: BatchListener;
  #waiting: Waiting[] = [];
  #busy = false;

  constructor(bundle: Bundle, options: BatcherOptions, listen: BatchListener) {
    this.#bundle = bundle;
    this.#options = options;
    this.#listen = listen;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** @throws Overloaded when too many wait. */
  ask(query: Query, k: number): Promise<Recommendation[]> {
    if (this.#waiting.length >= this.#options.maxWaiting) return Promise.reject(new Overloaded());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ query, k, since: performance.now(), resolve, reject });
      if (this.#busy) return;
      this.#busy = true;
      setImmediate(() => void this.#work()); // what arrived in this tick goes together
    });
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) await this.#answer(this.#waiting.splice(0, this.#options.maxBatch));
    this.#busy = false;
  }

  async #answer(batch: readonly Waiting[]): Promise<void> {
    const started = performance.now();
    const k = Math.max(...batch.map((one) => one.k));
    try {
      const lists = await this.#bundle.recommend(
        batch.map((one) => one.query),
        k,
      );
      batch.forEach((one, i) => one.resolve(lists[i]!.slice(0, one.k)));
    } catch (error) {
      if (batch.length === 1) batch[0]!.reject(error);
      else for (const one of batch) await this.#answer([one]); // so that it fails alone
      return;
    }
    this.#listen(batch.length, (started - batch[0]!.since) / 1000, (performance.now() - started) / 1000);
  }
}
