/**
 * BAHSD: black-box adaptive distillation of a sequential recommender. Asking the teacher about parts of a history shows
 * how far its list can be trusted; lists count by that, or, as the abstract has it, trusted ones are matched and of
 * doubtful ones only the stable order is used.
 * "BAHSD", arXiv 2606.03091. The paper states the idea in words; every formula below is our reading.
 *
 *   s a history   T(s) = r_1..r_K the teacher's list   s^a the newest share a of s, a in A   f_S student scores
 *
 *   (1) consistency    C(s) = sum_a w_a RBO_p@d( T(s), T(s^a) ),   w_a = a / sum of the a asked
 *   (2) by rank        Cbar(s) = empirical CDF of C over the queries
 *   (3) gate           g(s) = [Cbar >= delta] (hard)  or  sigmoid((Cbar - delta) / kappa) (soft)
 *   (4) temperature    tau(s) = tau_min + (tau_max - tau_min) Cbar(s)
 *   (5) matched        L_KL(s) = tau^2 KL( q_tau || softmax_all(f_S / tau) ),   q_tau(j) prop. to j^(-1/tau)
 *   (6) stable order   P(s) = { (i,j): r_i before r_j in T(s) and in more than half of the probed lists with either }
 *                      L_rank(s) = mean_P softplus(f_S(r_j) - f_S(r_i)) + mean_i a_i max(0, f_S(n_i) - f_S(r_i) + m),
 *                      a_i the share of probed lists with r_i, n_i drawn outside T(s)
 *   (7) contrast       L_NCE(s) = InfoNCE of the student's vectors of s and of one s^a, other users as negatives
 *   (8) total, mode "brief"     L = mean_s [ g L_KL + (1-g) (lam_r L_rank + lam_c L_NCE) ] + lam_h L_hard
 *       total, mode "weighted"  L = mean_s [ (phi + (1 - phi) 2 Cbar) L_KL at tau = 1 ] + lam_h L_hard
 *
 * "brief" is the abstract as it stands. "weighted", the default, keeps its core, lists count by how far they can be
 * trusted, and drops what did not help when measured (docs/experiments/bahsd.md).
 *
 * Differs from the paper: unknown, its formulas are not published in what we have; prefixes of long histories are
 * queries too and take the C of their user. Differs from the authors' code: there is none.
 */
import * as z from "zod";
import { row } from "../dataset/index.ts";
import { add, input, mul, type Feed } from "../graph/index.ts";
import { infoNce, listKl, marginOverNegatives, pairwiseOrder } from "../losses/index.ts";
import type { Random } from "../random.ts";
import type { ListSignal } from "../signals/index.ts";
import { listInputs, listTargets } from "./list-target.ts";
import { probedRanks, type ProbedRanks } from "./probed-ranks.ts";
import type { ListMethod } from "./types.ts";

const options = z.strictObject({
  mode: z.enum(["weighted", "brief"]).default("weighted"), // (8); the options below but labels, floor, depth and persistence are brief's
  floor: z.number().min(0).max(1).default(0.5), // phi: even the least consistent list knows more than a small owner; 1 is uniform
  gate: z.enum(["hard", "soft"]).default("hard"), // (3)
  threshold: z.number().min(0).max(1).default(0.5), // delta
  softness: z.number().positive().default(0.1), // kappa
  temperatureMin: z.number().positive().default(1), // tau_min
  temperatureMax: z.number().positive().default(4), // tau_max
  depth: z.int().min(1).default(20), // d of RBO
  persistence: z.number().min(0).max(0.999).default(0.9), // p of RBO
  rank: z.number().min(0).default(1), // lam_r
  contrast: z.number().min(0).default(0.1), // lam_c
  labels: z.number().min(0).default(1), // lam_h; 0 is pure extraction
  margin: z.number().min(0).default(0.5), // m
  pairs: z.int().min(1).default(64), // drawn from P(s) per query and epoch
  contrastTemperature: z.number().positive().default(0.2),
});
type Options = z.output<typeof options>;

export const bahsd: ListMethod<Options> = {
  name: "bahsd",
  summary:
    "lists count by how consistent the teacher is under probing; mode=brief gates as the abstract does",
  signal: "lists",
  student: "sequence",
  options,
  labelWeight: (o) => o.labels,
  plan(signal, _train, items, o) {
    const cbar = byRank(consistency(signal, o), signal);
    const brief = o.mode === "brief";
    const g = (s: number) => gate(cbar[s]!, o);
    const tau = (s: number) =>
      brief ? o.temperatureMin + (o.temperatureMax - o.temperatureMin) * cbar[s]! : 1; // (4)
    const matched = (s: number) => (brief ? g(s) : o.floor + (1 - o.floor) * 2 * cbar[s]!); // the weight of L_KL in (8)
    const ranks = brief ? probedRanks(signal) : null;
    return {
      queries: Int32Array.from(signal.user.keys()).filter((s) => signal.view[s] !== "suffix"),
      contrast: brief && o.contrast > 0 ? secondViews(signal) : new Map(),
      feeds(queries, contrasted, random) {
        const n = queries.reduce((count, s) => count + Number(s >= 0), 0);
        const low = (s: number) => (s < 0 ? 0 : (1 - g(s)) / n);
        const lists = listTargets(
          signal,
          signal.manifest.k,
          queries,
          tau,
          (s) => (tau(s) ** 2 * matched(s)) / n,
        ); // (5)
        if (ranks === null) return lists;
        return {
          ...lists,
          ...stableOrder(signal, ranks, items, queries, o.pairs, random), // (6)
          "low.c": column(queries, low),
          "contrast.c": column(contrasted, low),
        };
      },
    };
  },
  loss({ h, items, anchor, view }, k, o) {
    const lKl = listKl(h, items, listInputs(k)); // its weights in (8) are inputs
    if (o.mode === "weighted") return lKl;
    const [low, contrast] = [input("low.c", ["Q", 1]), input("contrast.c", ["V", 1])]; // 1 - g, over n
    const p = (name: string) => input(name, ["Q", o.pairs], "int32");
    const w = (name: string) => input(name, ["Q", o.pairs]);
    const order = { winners: p("winners"), losers: p("losers"), w: w("order.w"), c: low };
    const apart = { listed: p("listed"), negatives: p("negatives"), w: w("apart.w"), c: low };
    const lRank = add(pairwiseOrder(h, items, order), marginOverNegatives(h, items, apart, o.margin));
    const ranked = o.rank > 0 ? add(lKl, mul(lRank, o.rank)) : lKl;
    if (o.contrast === 0) return ranked;
    return add(ranked, mul(infoNce(anchor, view, contrast, o.contrastTemperature), o.contrast));
  },
};

/** Rank-biased overlap of two lists to depth d: agreement weighted by p^depth, 1 for equal lists, 0 for disjoint ones. */
export function rbo(a: ArrayLike<number>, b: ArrayLike<number>, depth: number, p: number): number {
  const d = Math.min(depth, Math.max(a.length, b.length));
  const seen = new Set<number>();
  let [shared, sum, norm] = [0, 0, 0];
  for (let n = 1; n <= d; n++) {
    for (const item of [a[n - 1], b[n - 1]])
      if (item !== undefined) shared += seen.has(item) ? 1 : (seen.add(item), 0);
    sum += (p ** (n - 1) * shared) / n;
    norm += p ** (n - 1);
  }
  return norm === 0 ? 0 : sum / norm;
}

/** (1) [Q]; NaN where a query has no view of its own. Views that fell together with s were never asked: not counted. */
export function consistency(
  signal: ListSignal,
  { depth, persistence }: Pick<Options, "depth" | "persistence">,
): Float64Array {
  const sum = new Float64Array(signal.user.length);
  const weight = new Float64Array(signal.user.length);
  signal.base.forEach((base, v) => {
    if (base < 0) return;
    const a = signal.scale[v]!;
    sum[base]! += a * rbo(row(signal.lists, base), row(signal.lists, v), depth, persistence);
    weight[base]! += a;
  });
  return sum.map((s, query) => s / weight[query]!);
}

/** (2) [Q] in [0, 1]. A query without views takes its user's value; a user without any gets 0: nothing vouches for it. */
export function byRank(c: Float64Array, signal: Pick<ListSignal, "user">): Float64Array {
  const order = Array.from(c.keys()).filter((s) => !Number.isNaN(c[s]!));
  order.sort((a, b) => c[a]! - c[b]!);
  const cbar = new Float64Array(c.length).fill(NaN);
  for (let i = 0, end = 0; i < order.length; i = end) {
    while (end < order.length && c[order[end]!] === c[order[i]!]) end++; // ties share their mean rank
    for (let t = i; t < end; t++) cbar[order[t]!] = (i + end) / 2 / order.length;
  }
  const ofUser = new Map<number, number>();
  order.forEach((s) => ofUser.set(signal.user[s]!, cbar[s]!));
  return cbar.map((value, s) => (Number.isNaN(value) ? (ofUser.get(signal.user[s]!) ?? 0) : value));
}

/** (3) */
function gate(cbar: number, o: Options): number {
  if (o.gate === "hard") return Number(cbar >= o.threshold);
  return 1 / (1 + Math.exp((o.threshold - cbar) / o.softness));
}

/** (6) Drawn pairs of P(s), and listed items each with an item outside the list. */
function stableOrder(
  signal: ListSignal,
  ranks: ProbedRanks,
  items: number,
  queries: Int32Array,
  pairs: number,
  random: Random,
): Record<string, Feed> {
  const size = queries.length * pairs;
  const ids = () => new Int32Array(size);
  const [winners, losers, listed, negatives] = [ids(), ids(), ids(), ids()];
  const [order, apart] = [new Float32Array(size), new Float32Array(size)];
  queries.forEach((s, b) => {
    if (s < 0) return;
    const list = row(signal.lists, s);
    const inside = new Set(list);
    const drawn: number[] = [];
    for (let n = 0; n < pairs && list.length > 1; n++) {
      const [x, y] = [random.integer(list.length), random.integer(list.length)];
      const [i, j] = [Math.min(x, y), Math.max(x, y)];
      const at = b * pairs + n;
      [winners[at], losers[at]] = [list[i]!, list[j]!];
      if (i !== j && ranks.before(s, i, j)) drawn.push(at);
      listed[at] = list[x]!;
      negatives[at] = outside(inside, items, random);
      apart[at] = ranks.share(s, x) / pairs;
    }
    for (const at of drawn) order[at] = 1 / drawn.length;
  });
  const shape = [queries.length, pairs];
  return {
    winners: { data: winners, shape },
    losers: { data: losers, shape },
    "order.w": { data: order, shape },
    listed: { data: listed, shape },
    negatives: { data: negatives, shape },
    "apart.w": { data: apart, shape },
  };
}

function outside(inside: ReadonlySet<number>, items: number, random: Random): number {
  let item = random.integer(items);
  for (let tries = 0; inside.has(item) && tries < 50; tries++) item = random.integer(items);
  return item;
}

/** (7) For each full query its shortest probed view: the history it shares least with. */
function secondViews(signal: ListSignal): Map<number, { start: number; end: number }> {
  const views = new Map<number, { start: number; end: number }>();
  const kept = new Map<number, number>();
  signal.base.forEach((base, v) => {
    if (base < 0 || signal.scale[v]! >= (kept.get(base) ?? 2)) return;
    kept.set(base, signal.scale[v]!);
    views.set(base, { start: signal.start[v]!, end: signal.end[v]! });
  });
  return views;
}

const column = (queries: Int32Array, value: (s: number) => number): Feed => ({
  data: Float32Array.from(queries, value),
  shape: [queries.length, 1],
});
