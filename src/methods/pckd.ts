/**
 * PCKD: DE whose experts must keep the student's own order of items, so that what is carried into the teacher's space are its
 * preferences, not its vectors alone.
 * Zhu, Zhang, "Preference-Consistent Knowledge Distillation for Recommender System", TKDE 37(4), 2025, arXiv 2311.04549.
 *
 *   L_DE as in de.ts   F_n = sum_e a_ne f_e(x_n) the rebuilt vector of an entity
 *   Q items drawn for each user, anew before every epoch: without replacement from the teacher's `pool` best, p(rank) prop. to
 *   exp(-rank / sampling)
 *
 *   L = L_DE + alpha sum_u CE( softmax_Q(x_u . x_i / tau), softmax_Q(F_u . F_i / tau) ),   total = base + weight L
 *
 * In the second term x are constants: it moves the experts alone. Training items may be drawn.
 *
 * Differs from the paper: of its two regularisations the list-wise one only.
 * Differs from the authors' code (woriazzc/KDs, class CPD): the noise of a user's selection is drawn once for both terms. The
 * switches for other items (uniform, of the batch) and for the student's list are not here. As there, users of the second term
 * are counted by rows.
 */
import * as z from "zod";
import { add, detach, input, matmul, mul, product, reshape, softmax, type Feed } from "../graph/index.ts";
import { subsetCrossEntropy } from "../losses/index.ts";
import type { Random } from "../random.ts";
import { deFeeds, deLoss } from "./de.ts";
import { drawWeighted } from "./draws.ts";
import { expertFeeds, expertWeights, rebuilt, sharpness } from "./experts.ts";
import { atMost, feed, rowsOf } from "./rows.ts";
import type { FactorMethod } from "./types.ts";

const options = z.strictObject({
  weight: z.number().min(0).default(0.05), // lmbda; KDs, CiteULike MF to MF; all below too
  experts: z.int().min(1).default(30), // de_num_experts
  annealing: z.number().positive().default(1000), // epochs
  alpha: z.number().min(0).default(0.1), // cpd_alpha
  drawn: z.int().min(1).default(5), // Q, cpd_Q
  pool: z.int().min(1).default(100), // cpd_mxK; cut to the catalogue
  sampling: z.number().positive().default(10), // cpd_T
  temperature: z.number().positive().default(0.1), // tau, cpd_tau_ce
});
type Options = z.output<typeof options>;

export const pckd: FactorMethod<Options> = {
  name: "pckd",
  summary: "experts rebuild the teacher's vectors and keep the student's order of drawn items",
  signal: "factors",
  student: "scores",
  inOnePiece: true,
  options,
  parameters: (sizes, o, random) => expertWeights(sizes, o.experts, random),
  async plan({ teacher, users, items }, o) {
    atMost("pckd", { drawn: o.drawn }, Math.min(o.pool, items), "the items to draw from");
    const best = await teacher.scores.top(o.pool);
    let beta = 1;
    let drawn: Int32Array | undefined;
    return {
      prepare(random, epoch) {
        beta = sharpness(epoch, o.annealing);
        drawn = drawItems(best, users, o, random);
        return Promise.resolve(undefined);
      },
      feeds(batch, random): Record<string, Feed> {
        const chosen = rowsOf(drawn!, o.drawn, batch.users);
        return {
          ...deFeeds(teacher, batch, o.experts, beta, random),
          ...expertFeeds("pckd.items", teacher.items, chosen, o.experts, random),
          "pckd.items": feed(chosen, batch.users.length, o.drawn),
          "pckd.c": feed(batch.c, batch.users.length, 1),
        };
      },
    };
  },
  loss(student, sizes, o) {
    const { own } = student;
    const beta = input("de.beta", []);
    const n = product(["B", o.drawn]);
    const user = detach(student.user); // [B, D]
    const item = detach(student.vectors(input("pckd.items", ["B", o.drawn], "int32"))); // [B, Q, D]
    const ofUser = rebuilt("de.users", "users", { x: user, beta, own, n: "B" }).y; // [B, T]
    const flat = reshape(item, [n, sizes.student]);
    const ofItem = rebuilt("pckd.items", "items", { x: flat, beta, own, n }).y; // [B Q, T]
    const scores = (u: typeof user, i: typeof item, width: number) =>
      reshape(matmul(reshape(u, ["B", 1, width]), reshape(i, ["B", o.drawn, width]), { transB: true }), [
        "B",
        o.drawn,
      ]);
    const before = softmax(mul(scores(user, item, sizes.student), 1 / o.temperature));
    const after = scores(ofUser, ofItem, sizes.teacher);
    const order = subsetCrossEntropy(after, before, input("pckd.c", ["B", 1]), o.temperature);
    return mul(add(deLoss(student), mul(order, o.alpha)), o.weight);
  },
};

/** [U, Q] items of the teacher's best, in the order of their drawing. */
function drawItems(best: Int32Array, users: number, o: Options, random: Random): Int32Array {
  const width = best.length / users;
  const drawn = new Int32Array(users * o.drawn);
  for (let u = 0; u < users; u++) {
    const logits = Float64Array.from({ length: width }, (_, rank) => -rank / o.sampling);
    drawWeighted(logits, o.drawn, random).forEach(
      (rank, q) => (drawn[u * o.drawn + q] = best[u * width + rank]!),
    );
  }
  return drawn;
}
