/**
 * Whether the service answered a query, or sent what it sends when it does not: bestsellers, what another was sent, anything. No answer
 * says so, but lists of histories that are parts of one another do: answers to them are alike, what is sent without looking is not.
 *
 *   z_s    1 where T(s) is the teacher's list for s, 0 where the service fell back, with probability pi
 *   o_sv   overlap of T(s) and T(v) of kin s and v: a history and its view, or the next shorter history of its user or walk
 *   p(o)   distribution of o_sv where z_s = z_v = 1
 *   c(o)   elsewhere: sqrt(c_s c_v), c_s that of the overlap of T(s) with lists of strangers
 *   h_z(b) distribution of the mean overlap b_s of T(s) with all lists: what is sent to everybody, or to nobody else, stands out
 *
 *   t(s) = P(z_s = 1 | all o, all b)
 *
 * Kin make a forest, on which t is known by messages (messages.ts); pi, p and h_z are by EM from the signal itself (Dempster, Laird
 * and Rubin, JRSS B 39, 1977). Ours, of no paper on distillation.
 */
import { lengthOf, row, type Sequences } from "../dataset/index.ts";
import type { ListSignal } from "../signals/index.ts";
import { Commonness, strangersOverlaps } from "./commonness.ts";
import { Messages, type Fit, type Kin } from "./messages.ts";
import { overlapWith, type Overlap } from "./overlap.ts";

/** What is known of z. */
interface Evidence {
  readonly kin: readonly Kin[];
  /** Queries with kin. */
  readonly related: readonly number[];
  /** [Q] bin of b. */
  readonly common: Uint8Array;
}

/** Upper ends of the bins of an overlap, below 1: finer where strangers are. */
const ends = [0, 0.003, 0.01, 0.03, 0.1, 0.2, 0.35, 0.55, 0.8];
const bins = ends.length + 1;
const binOf = (overlap: number): number => ends.filter((end) => overlap > end).length;
const commonBins = 16;
const rounds = 100;
/** Beside what is counted: so many lists like the average for h, so many of which a tenth fell back for pi. */
const [priorLists, priorFallen] = [20, 10];

/**
 * [Q] t(s).
 * @returns NaN for a view, which is as trusted as its history, and for all where no two queries are kin
 */
export function answered(
  signal: ListSignal,
  { depth, persistence }: Overlap,
  train: Sequences,
): Float64Array {
  const pairs = kinOf(signal);
  if (pairs.length === 0) return new Float64Array(signal.user.length).fill(NaN);
  const longest = signal.user.reduce((most, _, s) => Math.max(most, lengthOf(signal.lists, s)), 1);
  const overlap = { depth: Math.min(depth, longest), persistence };
  const chances = strangersOverlaps(signal, overlap, bins, binOf);
  const kin = pairs.map(([a, b]): Kin => {
    const bin = binOf(overlapWith(signal, a, row(signal.lists, b), overlap, train));
    return { a, b, bin, chance: Math.sqrt(chances[a]![bin]! * chances[b]![bin]!) };
  });
  const common = new Commonness(signal, overlap).inBins(commonBins);
  const evidence = { kin, related: [...new Set(pairs.flat())], common };
  const messages = new Messages(kin, common);
  let fit: Fit = { fallen: 0.1, alike: sharesOf(kin), common: new Float64Array(commonBins) };
  for (let round = 0; round < rounds; round++) {
    messages.pass(fit);
    fit = fitTo(messages.beliefs(fit), messages.bothAnswered(fit), evidence);
  }
  messages.pass(fit);
  return messages.beliefs(fit).map((t, s) => (signal.base[s]! >= 0 ? NaN : t));
}

/** Whether any query of a signal can be compared with another. */
export const haveKin = (signal: Pick<ListSignal, "user" | "base" | "view" | "end">): boolean =>
  kinOf(signal).length > 0;

/** A history and its views, and neighbours among the histories that begin alike, which are asked anyway; the longer first. */
function kinOf({ user, base, view, end }: Pick<ListSignal, "user" | "base" | "view" | "end">) {
  const kin: [number, number][] = [];
  const chains = new Map<number, number[]>();
  base.forEach((whole, s) => {
    if (whole >= 0) kin.push([whole, s]);
    else if (view[s] !== "item") {
      const chain = chains.get(user[s]!) ?? [];
      chain.push(s);
      chains.set(user[s]!, chain);
    }
  });
  for (const chain of chains.values()) {
    chain.sort((a, b) => end[a]! - end[b]! || a - b);
    for (let n = 1; n < chain.length; n++) kin.push([chain[n]!, chain[n - 1]!]);
  }
  return kin;
}

/** The M step. Lists without kin are left out: nothing says whether they are answers. */
function fitTo(t: Float64Array, both: Float64Array, { kin, related, common }: Evidence): Fit {
  const [fell, answers] = [new Float64Array(commonBins), new Float64Array(commonBins)];
  for (const s of related) {
    answers[common[s]!]! += t[s]!;
    fell[common[s]!]! += 1 - t[s]!;
  }
  const all = toShares(answers.map((count, bin) => count + fell[bin]! + 1));
  const [h0, h1] = [fell, answers].map((c) =>
    toShares(c.map((count, bin) => count + priorLists * all[bin]!)),
  );
  const fallen = fell.reduce((a, b) => a + b);
  return {
    fallen: (fallen + 0.1 * priorFallen) / (related.length + priorFallen),
    alike: sharesOf(kin, both),
    common: h1!.map((share, bin) => Math.log(share / h0![bin]!)),
  };
}

/** Shares of the bins of o, one more in each. */
function sharesOf(kin: readonly Kin[], weights?: Float64Array): Float64Array {
  const counts = new Float64Array(bins).fill(1);
  kin.forEach(({ bin }, n) => (counts[bin]! += weights?.[n] ?? 1));
  return toShares(counts);
}

function toShares(counts: Float64Array): Float64Array {
  const sum = counts.reduce((a, b) => a + b);
  return counts.map((count) => count / sum);
}
