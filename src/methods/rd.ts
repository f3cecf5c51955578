/**
 * RD: the teacher's best unseen items are further positives, weighted by their rank and by how far the student is behind.
 * Tang, Wang, "Ranking Distillation: Learning Compact Ranking Models With High Performance for Recommender System",
 * KDD 2018, section 3.
 *
 *   s student scores   r_1..r_K the teacher's best unseen items   rank^_j estimated rank of r_j   N items drawn per user
 *
 *   L = sum_j w_j * -log sigmoid(s_{r_j}),   total = base + weight L
 *   w_j prop. to exp(-j / lambda), summing to 1, and from epoch `start` on times max(0, tanh(mu (rank^_j - j + 1)))
 *   rank^_j = floor( (I - 1) share of the N items that score above r_j ) + 1; the product sums to 1 again
 *
 * r is found once. The N items are drawn before every epoch, uniformly from what the user has not seen, with replacement;
 * they are scored anew at every step, and no gradient runs through the weights. A user with fewer candidates has a shorter r.
 *
 * Differs from the paper: the product is made to sum to 1, as in the RCE-KD code; j counts from 0 inside tanh, likewise.
 * Differs from the authors' code (RCE-KD's): -log sigmoid is stable. As there, users are counted by rows. graytowne/rank_distill:
 * K 10, start 10, weight 1, no +1 in rank^, product not normalised, a mean over rows, the true targets removed from r.
 */
import * as z from "zod";
import { row } from "../dataset/index.ts";
import { input, mul, type Feed } from "../graph/index.ts";
import { rankingDistillation } from "../losses/index.ts";
import type { Random } from "../random.ts";
import { RestOfCatalogue } from "./draws.ts";
import { atMost, feed, feedRows, withoutFills } from "./rows.ts";
import type { FactorMethod, FactorSides } from "./types.ts";

const options = z.strictObject({
  weight: z.number().min(0).default(1), // alpha of graytowne/rank_distill; the RCE-KD settings lack it
  k: z.int().min(1).default(30), // RCE-KD code, CiteULike MF to MF; all below too
  lambda: z.number().positive().default(1), // rd_T
  mu: z.number().positive().default(0.1), // rd_mu
  drawn: z.int().min(1).default(100), // N, rd_dynamic_sample
  start: z.int().min(0).default(100), // rd_start_epoch
});
type Options = z.output<typeof options>;

export const rd: FactorMethod<Options> = {
  name: "rd",
  summary: "the teacher's best items as positives, weighted by rank and by how far the student is behind",
  signal: "factors",
  student: "scores",
  options,
  async plan(sides, o) {
    atMost("rd", { k: o.k }, sides.items, "the size of the catalogue");
    const { items, keep } = withoutFills(await sides.teacher.scores.top(o.k, { unseen: true }));
    let drawn: Int32Array = new Int32Array(0);
    let hybrid = 0;
    return {
      prepare(random, epoch) {
        hybrid = Number(epoch >= o.start);
        drawn = drawUnseen(sides, o.drawn, random);
        return Promise.resolve(undefined);
      },
      feeds: ({ users, c }): Record<string, Feed> => ({
        "rd.items": feedRows(items, o.k, users),
        "rd.keep": feedRows(keep, o.k, users),
        "rd.drawn": feedRows(drawn, o.drawn, users),
        "rd.hybrid": feed(Float32Array.of(hybrid)),
        "rd.c": feed(c, users.length, 1),
      }),
    };
  },
  loss(student, { items }, o) {
    const s = student.scores(input("rd.items", ["B", o.k], "int32")); // [B, K]
    const drawn = student.scores(input("rd.drawn", ["B", o.drawn], "int32")); // [B, N]
    const rows = {
      keep: input("rd.keep", ["B", o.k]),
      hybrid: input("rd.hybrid", []),
      c: input("rd.c", ["B", 1]),
    };
    return mul(rankingDistillation(s, drawn, rows, { items, ...o }), o.weight);
  },
};

/** [U, N] uniform items that the user has not seen; item 0 for one who has seen all, whose r is empty. */
function drawUnseen({ users, items, train }: FactorSides, n: number, random: Random): Int32Array {
  const drawn = new Int32Array(users * n);
  const rest = new RestOfCatalogue(items);
  for (let u = 0; u < users; u++) {
    rest.open(row(train, u));
    for (let i = u * n; i < (u + 1) * n; i++) drawn[i] = rest.one(random);
  }
  return drawn;
}
