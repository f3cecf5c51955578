/**
 * BAHSD: black-box adaptive distillation of a sequential recommender. Asking the teacher about parts of a history shows
 * how far its list can be trusted; lists count by that, or, as the abstract has it, trusted ones are matched and of
 * doubtful ones only the stable order is used.
 * "BAHSD", arXiv 2606.03091. The paper states the idea in words; every formula below is our reading.
 *
 *   s a history   T(s) = r_1..r_K the teacher's list   s^a a share a of s, a in A   f_S student scores
 *
 *   (1) consistency    C(s) = sum_a w_a RBO_p@d( T(s), T(s^a) ),   w_a = a / sum of the a asked
 *       answered       t(s) = P( T(s) is the teacher's answer to s | lists of the views of s, of shorter and longer histories of its
 *                      user or walk, and of strangers ), see answered.ts: 1 for nearly all lists of a steady teacher
 *   (2) trust          Cbar(s) = t(s), in mode "weighted"; the empirical CDF of C over the queries, in mode "brief"; m its mean
 *   (3) gate           g(s) = [Cbar >= delta] (hard)  or  sigmoid((Cbar - delta) / kappa) (soft),   g'(s) = 1 - g(s);
 *                      no gate: g = g' = 1, both parts on every query
 *   (4) temperature    tau(s) = tau_min + (tau_max - tau_min) Cbar(s)
 *   (5) matched        L_KL(s) = tau^2 KL( q_tau || softmax_all(f_S / tau) ),   q_tau(j) prop. to j^(-1/tau)
 *   (6) stable order   P(s) = { (i,j): r_i before r_j in T(s) and in more than half of the probed lists with either }
 *                      L_rank(s) = mean_P softplus(f_S(r_j) - f_S(r_i)) + mean_i a_i max(0, f_S(n_i) - f_S(r_i) + m),
 *                      a_i the share of probed lists with r_i, n_i drawn outside T(s)
 *   (7) contrast       L_NCE(s) = InfoNCE of the student's vectors of s and of one s^a, other users as negatives
 *   (8) total, mode "brief"     L = mean_s [ g lam_kl L_KL + g' (lam_r L_rank + lam_c L_NCE) ] + lam_h L_hard
 *       total, mode "weighted"  L = mean_s [ (phi + (1 - phi) Cbar / m) lam_kl L_KL at tau = 1 ] + lam_h L_hard
 *   (9) views, nu > 0           w nu L_KL(s^a), for which the student reads s^a and learns q_tau of T(s); tau, and the weight w
 *                              of L_KL in (8), are those of s; the mean of (8) is then over the views as well
 *
 * "brief" is the abstract as it stands. "weighted", the default, keeps its core, lists count by how far they can be
 * trusted, and drops what did not help when measured (docs/experiments/bahsd.md): lists of a steady teacher count nearly the same, those that
 * a service sends in the place of answers little: bestsellers next to nothing, what another was sent about a quarter.
 *
 * s^a is the newest share of s, or its newest item and others at random (`probe --views drop`). (9) costs no further answers:
 * lists T(s^a) are read for (1) and (6) alone, as at nu = 0. L_rank and L_NCE are not of views.
 *
 * Controls. gateBy puts another quantity in the place of Cbar (reliability.ts): C itself and what is no share by rank. A weight of 0
 * takes its term away, threshold 1 calls every list doubtful and 0 none, equal temperatures are one fixed tau, exchanged ones reverse (4).
 *
 * Differs from the paper: unknown, its formulas are not published in what we have; t and (9) are ours. Prefixes of long
 * histories are queries too, with a t of their own and the C of their user; so are items alone and walks (`probe --rest items`, `walks`),
 * whose C is how many of the teacher's lists name the first item, by rank among these. Differs from the authors' code: there is none.
 */
import * as z from "zod";
import { add, input, mul, type Feed } from "../graph/index.ts";
import { infoNce, listKl, marginOverNegatives, pairwiseOrder } from "../losses/index.ts";
import type { ListSignal } from "../signals/index.ts";
import { haveKin } from "./answered.ts";
import { countOf, isView, readRows, wholeOf } from "./list-rows.ts";
import { listInputs, listTargets } from "./list-target.ts";
import { asShare, byRank, isShare, reliabilities, reliability } from "./reliability.ts";
import { orderInputs, StableOrder } from "./stable-order.ts";
import type { ListMethod } from "./types.ts";

const options = z.strictObject({
  mode: z.enum(["weighted", "brief"]).default("weighted"), // (8)
  gateBy: z.enum(["own", ...reliabilities]).default("own"), // Cbar of (2) from another quantity
  depth: z.int().min(1).default(20), // d of RBO
  persistence: z.number().min(0).max(0.999).default(0.9), // p of RBO
  kl: z.number().min(0).default(1), // lam_kl
  views: z.number().min(0).default(0), // nu of (9)
  labels: z.number().min(0).default(1), // lam_h; 0 is pure extraction
  // mode "weighted"
  floor: z.number().min(0).max(1).default(0), // phi: what every list counts at least; 1 is uniform
  // mode "brief"
  gate: z.enum(["hard", "soft", "none"]).default("hard"), // (3)
  threshold: z.number().min(0).max(1).default(0.5), // delta
  softness: z.number().positive().default(0.1), // kappa
  temperatureMin: z.number().positive().default(1), // tau_min, at Cbar = 0
  temperatureMax: z.number().positive().default(4), // tau_max, at Cbar = 1; may be the smaller one
  rank: z.number().min(0).default(1), // lam_r
  contrast: z.number().min(0).default(0.1), // lam_c
  margin: z.number().min(0).default(0.5), // m
  pairs: z.int().min(1).default(64), // drawn from P(s) per query and epoch
  contrastTemperature: z.number().positive().default(0.2),
});
type Options = z.output<typeof options>;
const gateOf = ({ gateBy, mode }: Options) => {
  if (gateBy !== "own") return gateBy;
  return mode === "brief" ? "consistency" : "answered";
};
/** What the other mode alone reads. */
const idle: Readonly<Record<Options["mode"], readonly (keyof Options)[]>> = {
  weighted: [
    ...(["gate", "threshold", "softness", "temperatureMin", "temperatureMax"] as const),
    ...(["rank", "contrast", "margin", "pairs", "contrastTemperature"] as const),
  ],
  brief: ["floor"],
};

export const bahsd: ListMethod<Options> = {
  name: "bahsd",
  summary:
    "lists count by how probably they are answers, as lists of the same history have it; mode=brief gates as the abstract does",
  signal: "lists",
  student: "sequence",
  options,
  labelWeight: (o) => o.labels,
  notice,
  plan(signal, train, items, o, random) {
    const gate = gateOf(o);
    const c = reliability[gate](signal, o, train, random);
    const { cbar: trust, mean } = isShare(gate) ? asShare(c) : { cbar: byRank(c, signal), mean: 0.5 };
    const cbar = trust.map((_, s) => trust[wholeOf(signal, s)]!); // a view is as trusted as its history
    const brief = o.mode === "brief";
    const [g, doubtful] = gates(cbar, o);
    const tau = (s: number) =>
      brief ? o.temperatureMin + (o.temperatureMax - o.temperatureMin) * cbar[s]! : 1; // (4)
    const read = (s: number) => (isView(signal, s) ? o.views : 1); // (9)
    const matched = (s: number) =>
      read(s) * o.kl * (brief ? g(s) : o.floor + ((1 - o.floor) * cbar[s]!) / mean); // the weight of L_KL in (8)
    const draws = brief ? new StableOrder(signal, items, o.pairs) : null;
    return {
      queries: readRows(signal, o.views),
      contrast: brief && o.contrast > 0 ? secondViews(signal) : new Map(),
      feeds(queries, contrasted, random) {
        const n = countOf(queries);
        const low = (s: number) => (s < 0 ? 0 : doubtful(s) / n);
        const lists = listTargets(signal, signal.manifest.k, queries, {
          listOf: (s) => wholeOf(signal, s),
          tau,
          c: (s) => (tau(s) ** 2 * matched(s)) / n,
        }); // (5)
        if (draws === null) return lists;
        const ordered = queries.map((s) => (isView(signal, s) ? -1 : s));
        return {
          ...lists,
          ...draws.feeds(ordered, random), // (6)
          "low.c": column(ordered, low),
          "contrast.c": column(contrasted, low),
        };
      },
    };
  },
  loss({ h, items, anchor, view }, k, o) {
    const terms = o.kl > 0 ? [listKl(h, items, listInputs(k))] : []; // its weights in (8) are inputs
    const brief = o.mode === "brief";
    const [low, contrast] = [input("low.c", ["Q", 1]), input("contrast.c", ["V", 1])]; // g', over n
    if (brief && o.rank > 0) {
      const { order, apart } = orderInputs(o.pairs, low);
      const lRank = add(pairwiseOrder(h, items, order), marginOverNegatives(h, items, apart, o.margin));
      terms.push(mul(lRank, o.rank));
    }
    if (brief && o.contrast > 0)
      terms.push(mul(infoNce(anchor, view, contrast, o.contrastTemperature), o.contrast));
    return terms.length === 0 ? null : terms.reduce(add);
  },
};

function notice(signal: ListSignal, o: Options): string | null {
  const { base, view } = signal;
  const given = options.parse({});
  const unread = idle[o.mode].filter((name) => o[name] !== given[name]);
  if (unread.length > 0) return `mode=${o.mode} does not read ${unread.join(", ")}: the other mode does.`;
  const known = base.some((b) => b >= 0) || view.includes("item") || view.includes("walk");
  const by = gateOf(o);
  if (isShare(by) ? haveKin(signal) : known || !["consistency", "permuted"].includes(by)) return null;
  return "No view was asked, so nothing is known of consistency: every list counts the same.";
}

/** (3) g and g' of a query. */
function gates(cbar: Float64Array, o: Options): [(s: number) => number, (s: number) => number] {
  if (o.gate === "none") return [() => 1, () => 1];
  const soft = (s: number) => 1 / (1 + Math.exp((o.threshold - cbar[s]!) / o.softness));
  const g = o.gate === "soft" ? soft : (s: number) => Number(cbar[s]! >= o.threshold);
  return [g, (s) => 1 - g(s)];
}

/** (7) For each full query its shortest probed view: the history it shares least with. */
function secondViews(signal: ListSignal): Map<number, number> {
  const views = new Map<number, number>();
  signal.base.forEach((base, v) => {
    if (base < 0) return;
    const known = views.get(base);
    if (known === undefined || signal.scale[v]! < signal.scale[known]!) views.set(base, v);
  });
  return views;
}

const column = (queries: Int32Array, value: (s: number) => number): Feed => ({
  data: Float32Array.from(queries, value),
  shape: [queries.length, 1],
});
