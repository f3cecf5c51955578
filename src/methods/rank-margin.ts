/**
 * RANK-MARGIN: each item of the teacher's list shall score above the next one, and above an item drawn from outside, by
 * a margin. The loss of data-free model extraction (DFME).
 * Yue, He, Zeng, McAuley, "Black-Box Attacks on Sequential Recommenders via Data-Free Model Extraction", RecSys 2021,
 * section 4.2.
 *
 *   s a query's history   r_1..r_K the teacher's list   f_S student scores   n_i an item drawn for r_i, outside the list
 *
 *   L = mean_s [ mean_{i<K} max(0, f_S(r_{i+1}) - f_S(r_i) + m1) + mean_{i<=K} max(0, f_S(n_i) - f_S(r_i) + m2) ]
 *       + lam_h L_hard
 *
 * The n_i are drawn anew in every epoch, uniformly, each once, from what the user does not have either.
 *
 * Differs from the paper: its setting is `probe --queries autoregressive` or `random` with labels=0; by default histories are the
 * owner's and L_hard is there, as for every other method; no n_i is in the history either.
 * Differs from the authors' code: there listed items can be drawn as negatives, each e times less likely than another.
 */
import * as z from "zod";
import { add, input, slice } from "../graph/index.ts";
import { hinge, scoresOf } from "../losses/index.ts";
import { firstOf, meanOver, Unlisted, withoutViews } from "./list-rows.ts";
import { feed, withoutFills } from "./rows.ts";
import type { ListMethod } from "./types.ts";

export const rankMarginOptions = z.strictObject({
  orderMargin: z.number().min(0).default(0.5), // m1, authors' code; LLM4MEA's configuration: 0.75 on ML-1M, 0.5 on Beauty
  negativeMargin: z.number().min(0).default(0.5), // m2, likewise; 1.5 and 0.5
  labels: z.number().min(0).default(1), // lam_h; 0 is the authors'
});
type Options = z.output<typeof rankMarginOptions>;

export const rankMargin: ListMethod<Options> = {
  name: "rank-margin",
  summary: "each listed item above the next and above a drawn one by a margin: DFME's loss",
  signal: "lists",
  student: "sequence",
  options: rankMarginOptions,
  labelWeight: (o) => o.labels,
  plan(signal, train, items) {
    const { k } = signal.manifest;
    const unlisted = new Unlisted(signal, train, items);
    return {
      queries: withoutViews(signal),
      contrast: new Map(),
      feeds(queries, _contrasted, random) {
        const listed = withoutFills(firstOf(signal, k, queries));
        const negatives = withoutFills(unlisted.draw(queries, k, random));
        const n = queries.length;
        const w = weights(listed.keep, negatives.keep, k);
        return {
          "rm.items": feed(listed.items, n, k),
          "rm.negatives": feed(negatives.items, n, k),
          "rm.order.w": feed(w.order, n, k - 1),
          "rm.apart.w": feed(w.apart, n, k),
          "rm.c": feed(meanOver(queries), n, 1),
        };
      },
    };
  },
  loss({ h, items }, k, o) {
    const c = input("rm.c", ["Q", 1]);
    const s = scoresOf(h, items, input("rm.items", ["Q", k], "int32")); // [Q, K]
    const drawn = scoresOf(h, items, input("rm.negatives", ["Q", k], "int32")); // [Q, K]
    const apart = hinge(s, drawn, { w: input("rm.apart.w", ["Q", k]), c }, o.negativeMargin);
    if (k === 1) return apart; // one item has no order
    const [better, worse] = [slice(s, 1, 0, k - 1), slice(s, 1, 1, k)];
    return add(hinge(better, worse, { w: input("rm.order.w", ["Q", k - 1]), c }, o.orderMargin), apart);
  },
};

/** The two means: of [Q, K-1] pairs of neighbours and of [Q, K] pairs with a drawn item, over those there are. */
function weights(listed: Float32Array, drawn: Float32Array, k: number) {
  const order = new Float32Array((listed.length / k) * (k - 1));
  const apart = new Float32Array(listed.length);
  for (let b = 0; b < listed.length / k; b++) {
    const length = listed.subarray(b * k, (b + 1) * k).reduce((a, here) => a + here, 0);
    const pairs = Math.min(length, drawn.subarray(b * k, (b + 1) * k).reduce((a, here) => a + here, 0)); // prettier-ignore
    order.fill(1 / (length - 1), b * (k - 1), b * (k - 1) + Math.max(0, length - 1));
    apart.fill(1 / pairs, b * k, b * k + pairs);
  }
  return { order, apart };
}
