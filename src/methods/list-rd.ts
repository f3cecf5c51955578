/**
 * LIST-RD: ranking distillation on the list of a black box: its items are further positives, weighted by their rank and
 * by how far the student is behind.
 * Tang, Wang, "Ranking Distillation: Learning Compact Ranking Models With High Performance for Recommender System",
 * KDD 2018, section 3; the loss is that of `rd`, which has the teacher's factors.
 *
 *   s a query's history   r_1..r_K the first items of the teacher's list   f_S student scores   N items drawn per query
 *   rank^_j estimated rank of r_j
 *
 *   L = mean_s sum_j w_j * -log sigmoid(f_S(r_j)) + lam_h L_hard
 *   w_j prop. to exp(-j / lambda), summing to 1, and from epoch `start` on times max(0, tanh(mu (rank^_j - j + 1)))
 *   rank^_j = floor( (I - 1) share of the N items that score above r_j ) + 1; the product sums to 1 again
 *
 * The N items are drawn anew in every epoch, uniformly from what the user does not have, with replacement.
 * Nothing but L_hard pushes scores down, as in the paper: with labels=0 there is no reason to rank one item below another.
 *
 * Differs from the paper: the base loss is the full softmax; the product is made to sum to 1.
 * Differs from the authors' code (graytowne/rank_distill): as `rd`. As there, a mean over rows; the item that
 * follows a prefix is not removed from r.
 */
import * as z from "zod";
import { row, type Sequences } from "../dataset/index.ts";
import { input } from "../graph/index.ts";
import { rankingDistillation, scoresOf } from "../losses/index.ts";
import type { Random } from "../random.ts";
import type { ListSignal } from "../signals/index.ts";
import { RestOfCatalogue } from "./draws.ts";
import { firstOf, meanOver, withoutViews } from "./list-rows.ts";
import { feed, withoutFills } from "./rows.ts";
import type { ListMethod } from "./types.ts";

const options = z.strictObject({
  k: z.int().min(1).default(10), // K, authors' code; all below too; cut to the length of the lists
  lambda: z.number().positive().default(1),
  mu: z.number().positive().default(0.1),
  drawn: z.int().min(1).default(100), // N
  start: z.int().min(0).default(10),
  labels: z.number().min(0).default(1), // lam_h; the weight alpha of the authors is 1 / lam_h
});
type Options = z.output<typeof options>;

export const listRd: ListMethod<Options> = {
  name: "list-rd",
  summary: "the list's first items as positives, weighted by rank and by how far the student is behind",
  signal: "lists",
  student: "sequence",
  options,
  labelWeight: (o) => o.labels,
  plan(signal, train, items, o) {
    const k = Math.min(o.k, signal.manifest.k);
    const rest = new RestOfCatalogue(items);
    return {
      queries: withoutViews(signal),
      contrast: new Map(),
      feeds(queries, _contrasted, random, epoch) {
        const listed = withoutFills(firstOf(signal, k, queries));
        const n = queries.length;
        return {
          "lrd.items": feed(listed.items, n, k),
          "lrd.keep": feed(listed.keep, n, k),
          "lrd.drawn": feed(drawUnseen(signal, train, rest, queries, o.drawn, random), n, o.drawn),
          "lrd.hybrid": feed(Float32Array.of(Number(epoch >= o.start))),
          "lrd.c": feed(meanOver(queries), n, 1),
        };
      },
    };
  },
  loss({ h, items }, listLength, o) {
    const k = Math.min(o.k, listLength);
    const s = scoresOf(h, items, input("lrd.items", ["Q", k], "int32")); // [Q, K]
    const drawn = scoresOf(h, items, input("lrd.drawn", ["Q", o.drawn], "int32")); // [Q, N]
    const rows = {
      keep: input("lrd.keep", ["Q", k]),
      hybrid: input("lrd.hybrid", []),
      c: input("lrd.c", ["Q", 1]),
    };
    return rankingDistillation(s, drawn, rows, { items: items.count, ...o });
  },
};

/** [Q, N] uniform items that the query's user does not have; item 0 for filler. */
function drawUnseen(
  { user }: ListSignal,
  train: Sequences,
  rest: RestOfCatalogue,
  queries: Int32Array,
  n: number,
  random: Random,
): Int32Array {
  const drawn = new Int32Array(queries.length * n);
  queries.forEach((query, b) => {
    if (query < 0) return;
    rest.open(row(train, user[query]!));
    for (let i = b * n; i < (b + 1) * n; i++) drawn[i] = rest.one(random);
  });
  return drawn;
}
