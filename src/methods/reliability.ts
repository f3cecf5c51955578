/**
 * How far each query's list can be trusted: t and C of BAHSD, and what its controls put in their place. Each is [Q], NaN where
 * nothing is known, the larger the more trusted; byRank and asShare make it Cbar.
 */
import { lengthOf, row, type Sequences } from "../dataset/index.ts";
import { complain } from "../errors.ts";
import type { Random } from "../random.ts";
import type { ListSignal } from "../signals/index.ts";
import { answered } from "./answered.ts";
import { overlapWith, type Overlap } from "./overlap.ts";

export const reliabilities = [
  "consistency",
  "answered",
  "length",
  "permuted",
  "answered-permuted",
  "entropy",
  "oracle",
] as const;
export type ReliabilityName = (typeof reliabilities)[number];

/** A source of t or C. @throws UserError "conflict" where the signal lacks what it reads */
type Source = (signal: ListSignal, overlap: Overlap, train: Sequences, random: Random) => Float64Array;

export const reliability: Readonly<Record<ReliabilityName, Source>> = {
  consistency,
  answered,
  length: (signal) => ofOwn(signal, (s) => signal.end[s]! - signal.start[s]!),
  permuted: (signal, overlap, train, random) => permuted(consistency(signal, overlap, train), signal, random),
  "answered-permuted": (signal, overlap, train, random) =>
    permuted(answered(signal, overlap, train), signal, random),
  entropy,
  oracle: (signal, _overlap, train) => oracle(signal, train),
};

/**
 * (1) [Q]; NaN where a query has no view of its own. Views that fell together with s were never asked: not counted. Items of
 * s itself are in neither list: a teacher that leaves out what it was shown may list for a view what that lacks. Nobody's query, an item alone or a walk, is no view's: for it, how many of the teacher's lists name the item it begins with.
 */
export function consistency(signal: ListSignal, overlap: Overlap, train: Sequences): Float64Array {
  const sum = new Float64Array(signal.user.length);
  const weight = new Float64Array(signal.user.length);
  signal.base.forEach((base, v) => {
    if (base < 0) return;
    const a = signal.scale[v]!;
    sum[base]! += a * overlapWith(signal, base, row(signal.lists, v), overlap, train);
    weight[base]! += a;
  });
  const named = exposure(signal);
  return sum.map((s, query) => named.get(query) ?? s / weight[query]!);
}

/** By query for an item alone or a walk: how many lists name the item that it begins with. */
function exposure(signal: ListSignal): Map<number, number> {
  const alone = Array.from(signal.view.keys()).filter((s) => isAlone(signal, s));
  const itemOf = (s: number) => row(signal.histories!, s)[0]!;
  const named = new Map(alone.map((s) => [itemOf(s), 0]));
  for (const item of signal.lists.items) {
    const count = named.get(item);
    if (count !== undefined) named.set(item, count + 1);
  }
  return new Map(alone.map((s) => [s, named.get(itemOf(s))!]));
}

/** Whether it is nobody's query. */
const isAlone = ({ view }: Pick<ListSignal, "view">, s: number): boolean =>
  view[s] === "item" || view[s] === "walk";

/** Whether it is a share already, whose size says something: no rank is made of it. */
export const isShare = (name: ReliabilityName): boolean => name.startsWith("answered");

/**
 * Shares in the place of (2): [Q], and what is unknown takes the mean of what is known. @returns that mean, too; all 1 where it is 0 or nothing
 * is known, for then no list can be told from another.
 */
export function asShare(t: Float64Array): { cbar: Float64Array; mean: number } {
  const known = t.filter((share) => !Number.isNaN(share));
  const mean = known.reduce((a, b) => a + b, 0) / known.length;
  if (!(mean > 0)) return { cbar: t.map(() => 1), mean: 1 };
  return { cbar: t.map((share) => (Number.isNaN(share) ? mean : share)), mean };
}

/**
 * (2) [Q] in [0, 1], nobody's queries among themselves. A query without views takes its user's value; a user without any gets
 * 0: nothing vouches for it. Nobody's query of which nothing is known is in the middle, and so are all where no view was asked.
 */
export function byRank(c: Float64Array, signal: Pick<ListSignal, "user" | "view">): Float64Array {
  const cbar = new Float64Array(c.length).fill(NaN);
  const known = Array.from(c.keys()).filter((s) => !Number.isNaN(c[s]!));
  for (const alone of [true, false]) {
    const order = known.filter((s) => isAlone(signal, s) === alone).sort((a, b) => c[a]! - c[b]!);
    for (let i = 0, end = 0; i < order.length; i = end) {
      while (end < order.length && c[order[end]!] === c[order[i]!]) end++; // ties share their mean rank
      for (let t = i; t < end; t++) cbar[order[t]!] = (i + end) / 2 / order.length;
    }
  }
  const ascending = known.sort((a, b) => cbar[a]! - cbar[b]!);
  const ofUser = new Map(ascending.map((s) => [signal.user[s]!, cbar[s]!])); // the best of several
  const unknown = known.every((s) => isAlone(signal, s)) ? 0.5 : 0;
  const without = (s: number) => (isAlone(signal, s) ? 0.5 : (ofUser.get(signal.user[s]!) ?? unknown));
  return cbar.map((value, s) => (Number.isNaN(value) ? without(s) : value));
}

/** @returns [Q] a value for queries that are no views of others. */
const ofOwn = ({ base }: ListSignal, value: (s: number) => number): Float64Array =>
  Float64Array.from(base, (b, s) => (b >= 0 ? NaN : value(s)));

/** The values that there are, dealt out anew among the queries that have one, and among nobody's queries: as many high and low, at random. */
function permuted(c: Float64Array, signal: ListSignal, random: Random): Float64Array {
  const other = new Float64Array(c.length).fill(NaN);
  for (const alone of [false, true]) {
    const known = Array.from(c.keys()).filter((s) => !Number.isNaN(c[s]!) && isAlone(signal, s) === alone);
    const dealt = random.shuffle(known.map((s) => c[s]!));
    known.forEach((s, i) => (other[s] = dealt[i]!));
  }
  return other;
}

/** 1 - H / ln n of the n scores' softmax: 0 for a flat list. What a score means is the teacher's affair; one alone says nothing. */
function entropy(signal: ListSignal): Float64Array {
  const { scores, lists } = signal;
  if (scores === null)
    throw complain("conflict", {
      where: "bahsd option gateBy",
      expected: "a teacher that gives scores, which entropy reads",
      got: `lists without scores from "${signal.manifest.teacher.name}"`,
      fix: "Leave gateBy out, or probe a teacher whose answers have scores",
    });
  return ofOwn(signal, (s) => {
    const given = scores.subarray(lists.offsets[s], lists.offsets[s + 1]);
    const best = given.reduce((a, b) => Math.max(a, b), -Infinity);
    const raw = Array.from(given, (score) => Math.exp(score - best));
    const total = raw.reduce((a, b) => a + b, 0);
    const h = raw.reduce((sum, e) => sum - (e === 0 ? 0 : (e / total) * Math.log(e / total)), 0);
    return given.length < 2 ? NaN : 1 - h / Math.log(given.length);
  });
}

/**
 * How right the teacher is where the owner knows it: the gain of DCG for the item that follows a prefix. What follows a
 * whole history is not the owner's to know: it takes the mean of its user's prefixes.
 */
function oracle(signal: ListSignal, train: Sequences): Float64Array {
  const ofPrefix = ofOwn(signal, (s) => {
    const [user, end] = [signal.user[s]!, signal.end[s]!];
    if (isAlone(signal, s) || end >= lengthOf(train, user)) return NaN;
    const at = row(signal.lists, s).indexOf(row(train, user)[end]!);
    return at < 0 ? 0 : 1 / Math.log2(at + 2);
  });
  const gains = new Map<number, number[]>();
  ofPrefix.forEach((gain, s) => {
    const user = signal.user[s]!;
    if (!Number.isNaN(gain)) gains.set(user, [...(gains.get(user) ?? []), gain]);
  });
  const mean = (all: readonly number[]) => all.reduce((a, b) => a + b, 0) / all.length;
  const ofUser = new Map([...gains].map(([user, all]) => [user, mean(all)]));
  return ofOwn(signal, (s) =>
    Number.isNaN(ofPrefix[s]!) ? (ofUser.get(signal.user[s]!) ?? NaN) : ofPrefix[s]!,
  );
}
