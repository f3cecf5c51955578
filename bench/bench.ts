/** What a benchmark is: one claim, our side of it, and the name of the peer's script. */

/** Times of one thing over the repeats, in milliseconds. */
export interface Times {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Our side, ready to run again and again. */
export interface Subject {
  /** @returns the milliseconds that count; what one run does besides is not in them. */
  run(): Promise<number>;
  /** Other work of ours to compare with, in place of a peer. */
  readonly beside?: { readonly name: string; run(): Promise<number> };
  /** What the peer is told, as JSON. */
  readonly peer: Readonly<Record<string, number | string | boolean>>;
  /** Something a reader must know of this run: where the data came from. */
  readonly note?: string;
}

export interface Bench {
  readonly name: string;
  readonly what: string;
  /** What is promised of it, as the table prints it. */
  readonly goal: string;
  /** Floating-point operations of one run, and how they are counted; absent where arithmetic is not the work. */
  readonly flops?: { readonly count: number; readonly formula: string };
  readonly warmup: number;
  readonly repeats: number;
  /** The file under peers/ that does the same work; null where there is nothing to compare with. */
  readonly peer: string | null;
  open(): Promise<Subject>;
}

/** @returns median, minimum and maximum. */
export function timesOf(milliseconds: readonly number[]): Times {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/** @returns how long a piece of work took. */
export async function clocked(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
