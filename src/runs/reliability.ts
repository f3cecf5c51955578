/** Does consistency under probing predict the teacher's accuracy? Measured on the owner's validation items. */
import { sampleRankCorrelation } from "simple-statistics";
import { lengthOf, row, type Dataset } from "../dataset/index.ts";
import { byRank, consistency } from "../methods/index.ts";
import type { ListSignal } from "../signals/index.ts";

const binCount = 5;
const cutoff = 10;

/** reliability.json of a bundle; see src/report/types.ts. */
export interface ReliabilityRecord {
  readonly schema: 1;
  readonly bins: readonly {
    from: number;
    to: number;
    queries: number;
    teacherNdcg10: number;
    teacherHit10: number;
    low: number;
    high: number;
  }[];
  /** Absent where one side does not vary. */
  readonly spearman?: { readonly length: number; readonly teacherNdcg10: number };
}

/** @returns null when no full history was probed with views. */
export function reliabilityOf(signal: ListSignal, dataset: Dataset): ReliabilityRecord | null {
  const c = consistency(signal, { depth: 20, persistence: 0.9 });
  const cbar = byRank(c, signal);
  const queries = Array.from(signal.user.keys()).filter(
    (s) => signal.view[s] === "full" && !Number.isNaN(c[s]!) && lengthOf(dataset.valid, signal.user[s]!) > 0,
  );
  if (queries.length < binCount * 2) return null;
  queries.sort((a, b) => cbar[a]! - cbar[b]!);
  const ordered = queries.map((s) => gain(row(signal.lists, s), row(dataset.valid, signal.user[s]!)[0]!));
  const bins = Array.from({ length: binCount }, (_, b) => {
    const from = Math.floor((b * queries.length) / binCount);
    const to = Math.floor(((b + 1) * queries.length) / binCount);
    const values = ordered.slice(from, to);
    const mean = average(values);
    const half = 1.96 * Math.sqrt(average(values.map((v) => (v - mean) ** 2)) / values.length);
    return {
      from: cbar[queries[from]!]!,
      to: cbar[queries[to - 1]!]!,
      queries: values.length,
      teacherNdcg10: mean,
      teacherHit10: average(values.map((v) => Number(v > 0))),
      low: Math.max(0, mean - half),
      high: mean + half,
    };
  });
  const of = (value: (s: number) => number) => queries.map(value);
  const reliability = of((s) => cbar[s]!);
  const spearman = {
    length: sampleRankCorrelation(
      reliability,
      of((s) => signal.end[s]! - signal.start[s]!),
    ),
    teacherNdcg10: sampleRankCorrelation(reliability, ordered),
  };
  return { schema: 1, bins, ...(Object.values(spearman).every(Number.isFinite) ? { spearman } : {}) };
}

/** NDCG@10 of one list for one target. */
function gain(list: Int32Array, target: number): number {
  const at = list.indexOf(target);
  return at >= 0 && at < cutoff ? 1 / Math.log2(at + 2) : 0;
}

const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
