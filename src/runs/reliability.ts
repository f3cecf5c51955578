/** Does consistency under probing predict the teacher's accuracy? Measured on the owner's validation items. */
import { sampleRankCorrelation } from "simple-statistics";
import { lengthOf, row, type Dataset } from "../dataset/index.ts";
import { complain } from "../errors.ts";
import { partialSpearman, type Estimate } from "../evaluate/index.ts";
import { answered, byRank, consistency } from "../methods/index.ts";
import type { Random } from "../random.ts";
import type { ListSignal } from "../signals/index.ts";
import {
  agreementOf,
  average,
  classesOf,
  lengthsOf,
  similarity,
  type Agreement,
  type Answer,
  type GateClasses,
  type LengthClass,
} from "./premise.ts";
import { judge, type Verdict } from "./verdict.ts";

const binCount = 5;
/** Users that a diagnosis wants: with views, and with a next item that is known. */
export const fewestUsers = binCount * 2;
/** Of NDCG and HR: shorter lists would have another measure under their name. */
export const cutoff = 10;

/** reliability.json of a bundle, and what `potstill diagnose` prints; see src/report/types.ts. */
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
  /** Full histories: all that were answered, those with views, those whose next item is known too. */
  readonly histories: { readonly answered: number; readonly withViews: number; readonly measured: number };
  /** Rank correlation of reliability and the teacher's NDCG@10 with history length held fixed; absent where undefined. */
  readonly atFixedLength?: Estimate;
  readonly lengths: readonly LengthClass[];
  readonly agreement: Agreement;
  /** Share of the histories with views whose lists are probably no answers: the mean of 1 - t. */
  readonly unanswered: number;
  readonly gate: GateClasses;
  readonly verdict: Verdict;
}

/** @returns null when too few full histories were probed with views, or lists are short. @param random pairs and resamples. */
export function reliabilityOf(
  signal: ListSignal,
  dataset: Dataset,
  random: Random,
): ReliabilityRecord | null {
  if (signal.manifest.k < cutoff) return null;
  const { c, cbar, histories, withViews, answers } = measure(signal, dataset);
  if (answers.length < fewestUsers) return null;
  const bins = binsOf(answers);
  const atFixedLength = fixedLength(answers, random.split("fixed length"));
  const t = answered(signal, similarity, dataset.train);
  const unanswered = average(withViews.map((s) => 1 - t[s]!));
  const agreement = agreementOf(signal, withViews, c, dataset.train, random.split("pairs"));
  return {
    schema: 1,
    bins,
    ...spearmanOf(answers),
    histories: { answered: histories.length, withViews: withViews.length, measured: answers.length },
    ...(atFixedLength && { atFixedLength }),
    lengths: lengthsOf(answers),
    agreement,
    unanswered,
    gate: classesOf(histories, cbar, signal, dataset),
    verdict: judge({ bins, answers, atFixedLength, agreement, unanswered }),
  };
}

/** Consistency by query, full histories, those with views, and of those with a known next item, by reliability, the answers. */
function measure(signal: ListSignal, dataset: Dataset) {
  const c = consistency(signal, similarity, dataset.train);
  const cbar = byRank(c, signal);
  const histories = Array.from(signal.user.keys()).filter((s) => signal.view[s] === "full");
  const withViews = histories.filter((s) => !Number.isNaN(c[s]!));
  const answers = withViews
    .filter((s) => lengthOf(dataset.valid, signal.user[s]!) > 0)
    .map((s): Answer => {
      const ndcg = gain(row(signal.lists, s), row(dataset.valid, signal.user[s]!)[0]!);
      return { reliability: cbar[s]!, length: signal.end[s]! - signal.start[s]!, ndcg };
    })
    .sort((a, b) => a.reliability - b.reliability);
  return { c, cbar, histories, withViews, answers };
}

/** {@link reliabilityOf}, for whoever asked for it. @throws UserError "input" where the signal cannot tell. */
export function diagnose(signal: ListSignal, dataset: Dataset, random: Random): ReliabilityRecord {
  const record = reliabilityOf(signal, dataset, random);
  if (record !== null) return record;
  if (signal.manifest.k < cutoff)
    throw complain("input", {
      where: signal.directory,
      expected: `lists of at least ${cutoff} items, which NDCG@${cutoff} reads`,
      got: `lists of ${signal.manifest.k}`,
      fix: `Probe with -k ${cutoff} or more, into a folder of its own`,
    });
  const { histories, withViews, answers } = measure(signal, dataset);
  throw complain("input", {
    where: signal.directory,
    expected: `at least ${fewestUsers} users with a history of two items or more, its views, and a known next item`,
    got: `${answers.length} of ${histories.length} users, ${withViews.length} with views`,
    fix: "Probe with views, for example `potstill probe --pilot 500` into a folder of its own",
  });
}

/** The teacher's accuracy by fifths of reliability. @param answers by ascending reliability. */
function binsOf(answers: readonly Answer[]): ReliabilityRecord["bins"] {
  return Array.from({ length: binCount }, (_, b) => {
    const from = Math.floor((b * answers.length) / binCount);
    const to = Math.floor(((b + 1) * answers.length) / binCount);
    const values = answers.slice(from, to).map(({ ndcg }) => ndcg);
    const mean = average(values);
    const half = 1.96 * Math.sqrt(average(values.map((v) => (v - mean) ** 2)) / values.length);
    return {
      from: answers[from]!.reliability,
      to: answers[to - 1]!.reliability,
      queries: values.length,
      teacherNdcg10: mean,
      teacherHit10: average(values.map((v) => Number(v > 0))),
      low: Math.max(0, mean - half),
      high: mean + half,
    };
  });
}

function spearmanOf(answers: readonly Answer[]): Pick<ReliabilityRecord, "spearman"> {
  const [reliability, length, ndcg] = columnsOf(answers);
  const spearman = {
    length: sampleRankCorrelation(reliability, length),
    teacherNdcg10: sampleRankCorrelation(reliability, ndcg),
  };
  return Object.values(spearman).every(Number.isFinite) ? { spearman } : {};
}

function fixedLength(answers: readonly Answer[], random: Random): Estimate | null {
  const [reliability, length, ndcg] = columnsOf(answers);
  return partialSpearman(reliability, ndcg, length, { random });
}

function columnsOf(answers: readonly Answer[]): [number[], number[], number[]] {
  return [answers.map((a) => a.reliability), answers.map((a) => a.length), answers.map((a) => a.ndcg)];
}

/** NDCG@10 of one list for one target. */
function gain(list: Int32Array, target: number): number {
  const at = list.indexOf(target);
  return at >= 0 && at < cutoff ? 1 / Math.log2(at + 2) : 0;
}
