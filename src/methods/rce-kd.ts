/**
 * RCE-KD: cross-entropy on item subsets that bounds NDCG again, because one subset is the head of the student's own
 * ranking and the other is drawn so that it nearly is one.
 * Zhu, Zhang, "Rejuvenating Cross-Entropy Loss in Knowledge Distillation for Recommender Systems", arXiv 2509.20989
 * (ICLR 2026), section 4.
 *
 *   r^T, r^S scores of teacher and student   sigma(r, J) softmax of r restricted to J   pi_S the student's ranking
 *   Q^T, Q^S the K best items of each   (Q^T)_1 = Q^T n Q^S   (Q^T)_2 = Q^T \ Q^S   P the student's best `pool` items
 *
 *   L1 = CE( sigma(r^T, Q^S), sigma(r^S, Q^S) )
 *   L2 = CE( sigma(r^T, A), sigma(r^S, A) ),   A = (Q^T)_2 and L items drawn without replacement from P
 *   p_j prop. to exp(z_j / T),   z_j the number of teacher items that the student ranks below j
 *   gamma = exp(-beta overlap)                                                                          Eq. (10)
 *   L = (1 - gamma) L1 + gamma L2,   total = base + weight L
 *
 * Rankings, A and gamma are made anew before every epoch and kept during it; no gradient runs through gamma.
 *
 * Differs from the paper: items are drawn from P, not from the whole catalogue; pool = I is the paper's.
 * Differs from the authors' code (mode "code" follows it, "paper" the paper):
 *                    code                                        paper
 *   overlap          share of Q^T in the drawn items             share of Q^T in Q^S
 *   z_j counts       Q^T at j or below, at most 50               (Q^T)_2 below j
 * `pool` is at least K and at most the catalogue. The softmax is stabilised. Training items are in all sets, as in both;
 * `unseen` takes them out of all, ours. Sum or mean over users: the task's `reduction`.
 */
import * as z from "zod";
import { add, input, mul, type Feed, type Tensor } from "../graph/index.ts";
import { subsetCrossEntropy } from "../losses/index.ts";
import { epochSets, teacherBest, type EpochSets, type ItemSets } from "./rce-kd-sets.ts";
import { atMost, feed, feedRows, rowsOf } from "./rows.ts";
import type { ScoredMethod } from "./types.ts";

const options = z.strictObject({
  mode: z.enum(["code", "paper"]).default("code"),
  weight: z.number().min(0).default(500), // lambda; CiteULike MF to MF
  k: z.int().min(1).default(50), // K of Q^T and Q^S; 50 or 100 in the shipped settings
  drawn: z.int().min(1).default(50), // L; 50 or 100
  pool: z.int().min(1).default(200), // mxK; 100 to 500
  temperature: z.number().positive().default(1), // tau of both softmaxes
  sampling: z.number().positive().default(10), // T, fixed in the paper
  beta: z.number().min(0).default(3), // Eq. (10); 0.5 to 15
  unseen: z.boolean().default(false), // whether a user's training items are in none of the sets
});
type Options = z.output<typeof options>;

export const rceKd: ScoredMethod<Options> = {
  name: "rce-kd",
  summary: "cross-entropy on the student's own best items and on a drawn set that holds the teacher's",
  signal: "factors",
  student: "scores",
  options,
  async plan(sides, o) {
    atMost("rce-kd", { k: o.k }, sides.items, "the size of the catalogue");
    atMost(
      "rce-kd",
      { drawn: o.drawn },
      Math.min(Math.max(o.pool, o.k), sides.items),
      "the items to draw from",
    );
    const best = await teacherBest(sides, o);
    let sets: EpochSets | undefined;
    return {
      prepare: async (random) => void (sets = await epochSets(sides, best, o, random)),
      feeds({ users, c }, _random, spare = {}): Record<string, Feed> {
        const { own, rest, gamma } = sets!;
        const gammas = rowsOf(gamma, 1, users);
        const fed = (name: string, set: ItemSets, width: number, share: (g: number) => number) => ({
          [`${name}.items`]: feedRows(set.items, width, users, spare[`${name}.items`]),
          [`${name}.p`]: feedRows(set.p, width, users, spare[`${name}.p`]),
          [`${name}.mask`]: feedRows(set.mask, width, users, spare[`${name}.mask`]),
          [`${name}.c`]: feed(
            gammas.map((g, b) => share(g) * c[b]!),
            users.length,
            1,
          ),
        });
        return { ...fed("own", own, o.k, (g) => 1 - g), ...fed("rest", rest, o.drawn + o.k, (g) => g) };
      },
    };
  },
  loss(student, _sizes, o) {
    const on = (name: string, width: number): Tensor => {
      const shape = ["B", width];
      const s = student.scores(input(`${name}.items`, shape, "int32"));
      const [p, mask] = [input(`${name}.p`, shape), input(`${name}.mask`, shape)];
      return subsetCrossEntropy(s, p, input(`${name}.c`, ["B", 1]), o.temperature, mask);
    };
    return mul(add(on("own", o.k), on("rest", o.drawn + o.k)), o.weight); // (1 - gamma) and gamma are in c
  },
};
