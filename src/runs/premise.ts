/** What else could make a teacher look reliable: long histories, a list that is the same for everybody, or order that is not read. */
import { row, type Dataset, type Sequences } from "../dataset/index.ts";
import { groupUsers } from "../evaluate/index.ts";
import { overlapWith, rbo } from "../methods/index.ts";
import type { Random } from "../random.ts";
import type { ListSignal } from "../signals/index.ts";

/** How two lists are compared, in consistency and between users alike: BAHSD's defaults. */
export const similarity = { depth: 20, persistence: 0.9 };

/** The answer to one full history with views whose next item is known. */
export interface Answer {
  /** Cbar of BAHSD, in [0, 1]. */
  readonly reliability: number;
  readonly length: number;
  readonly ndcg: number;
}

/** Histories of about one length. */
export interface LengthClass {
  readonly from: number;
  readonly to: number;
  readonly queries: number;
  /** The teacher's NDCG@10 in the least, the middle and the most reliable third of them; null for a third of none. */
  readonly thirds: readonly (number | null)[];
}

/** Mean rank-biased overlap of lists. */
export interface Agreement {
  /** Of a user's list with those of the user's own views, as BAHSD weighs them. */
  readonly own: number;
  /** Of two users' lists: what a teacher that ignores its input has as well. */
  readonly others: number;
  /** Pairs of users compared. */
  readonly pairs: number;
  /** Of a user's list with that of the user's history in random order; null where that was not asked. */
  readonly shuffled: number | null;
}

/** The two classes of BAHSD's hard gate at its default threshold, over all full histories. */
export interface GateClasses {
  readonly threshold: number;
  /** A user is head when the training length is above this. */
  readonly tailUpTo: number;
  readonly high: GateClass;
  readonly low: GateClass;
}

export interface GateClass {
  readonly users: number;
  /** Share of head users; null in an empty class. */
  readonly head: number | null;
}

const parts = 3;

/** The teacher's accuracy by thirds of reliability within thirds of length. A length belongs to one class. */
export function lengthsOf(answers: readonly Answer[]): LengthClass[] {
  const sorted = answers.map(({ length }) => length).sort((a, b) => a - b);
  const cuts = [1, 2].map((n) => sorted[Math.floor((n * sorted.length) / parts)]!);
  return Array.from({ length: parts }, (_, n) =>
    answers.filter(({ length }) => cuts.filter((cut) => length >= cut).length === n),
  )
    .filter((members) => members.length > 0)
    .map(lengthClass);
}

function lengthClass(members: readonly Answer[]): LengthClass {
  const lengths = members.map(({ length }) => length);
  const ordered = [...members].sort((a, b) => a.reliability - b.reliability);
  const edge = (n: number) => Math.floor((n * ordered.length) / parts);
  const thirds = Array.from({ length: parts }, (_, n) => ordered.slice(edge(n), edge(n + 1)));
  return {
    from: lengths.reduce((a, b) => Math.min(a, b)),
    to: lengths.reduce((a, b) => Math.max(a, b)),
    queries: members.length,
    thirds: thirds.map((third) => (third.length === 0 ? null : average(third.map(({ ndcg }) => ndcg)))),
  };
}

const mostPairs = 5000;

/** @param histories queries for full histories with views, of two users at least. @param c their consistency. */
export function agreementOf(
  signal: ListSignal,
  histories: readonly number[],
  c: Float64Array,
  train: Sequences,
  random: Random,
): Agreement {
  const pairs = Math.min(mostPairs, histories.length);
  const first = Array.from(random.sample(histories.length, pairs));
  const overlaps = first.map((a) => {
    const b = (a + 1 + random.integer(histories.length - 1)) % histories.length; // anybody else
    const list = (n: number) => row(signal.lists, histories[n]!);
    return rbo(list(a), list(b), similarity.depth, similarity.persistence);
  });
  const own = average(histories.map((s) => c[s]!));
  return { own, others: average(overlaps), pairs, shuffled: shuffledOf(signal, train) };
}

const fewestShuffled = 10;

function shuffledOf(signal: ListSignal, train: Sequences): number | null {
  if (signal.shuffled === undefined) return null;
  const { base, lists } = signal.shuffled;
  if (base.length < fewestShuffled) return null; // a budget left no room for more
  return average(Array.from(base, (s, n) => overlapWith(signal, s, row(lists, n), similarity, train)));
}

const threshold = 0.5;

/** @param histories queries for full histories, with views or without. @param cbar their reliability. */
export function classesOf(
  histories: readonly number[],
  cbar: Float64Array,
  signal: ListSignal,
  dataset: Dataset,
): GateClasses {
  const { tail, tailUpTo } = groupUsers(dataset.train);
  const of = (queries: readonly number[]): GateClass => ({
    users: queries.length,
    head: queries.length === 0 ? null : average(queries.map((s) => 1 - tail[signal.user[s]!]!)),
  });
  const high = histories.filter((s) => cbar[s]! >= threshold);
  return { threshold, tailUpTo, high: of(high), low: of(histories.filter((s) => cbar[s]! < threshold)) };
}

export const average = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;
