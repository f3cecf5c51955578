/** A cell that was run again, beside its committed result. */
import { ndcgOf } from "../../../recipes/results.ts";
import type { CellResult } from "../../../recipes/index.ts";
import { bootstrapMean } from "../../../src/evaluate/index.ts";
import { Random } from "../../../src/random.ts";

export interface Compared {
  readonly cell: string;
  /** NDCG@10 now and as committed, and the 95 % bootstrap interval of the latter over users. */
  readonly now: number;
  readonly committed: number;
  readonly low: number;
  readonly high: number;
  readonly within: boolean;
}

/** @returns null where a result has no evaluation: a cell that only prepares. */
export function compared(now: CellResult, committed: CellResult): Compared | null {
  if (now.evaluation === null || committed.evaluation === null) return null;
  const perUser = Float64Array.from(ndcgOf(committed.evaluation));
  const { mean, low, high } = bootstrapMean(perUser, { random: new Random("reproduce") });
  const value = now.evaluation.metrics["ndcg@10"]!;
  return { cell: now.cell, now: value, committed: mean, low, high, within: low <= value && value <= high };
}

const f4 = (x: number) => x.toFixed(4);

export function comparedText({ cell, now, committed, low, high, within }: Compared): string {
  const interval = `${f4(committed)} [${f4(low)}, ${f4(high)}]`;
  return `${cell}: NDCG@10 ${f4(now)}, committed ${interval}: ${within ? "within" : "OUTSIDE"}`;
}
