/**
 * DE: the student's vectors must hold what the teacher's hold: experts rebuild the teacher's vector from the student's.
 * Kang, Hwang, Kweon, Yu, "DE-RRD: A Knowledge Distillation Framework for Recommender System", CIKM 2020, section 3.1.
 *
 *   t_n, x_n vectors of an entity in teacher and student   f_e expert e of its side   a_n the selection, see experts.ts
 *   users, P, N the different users, positive and negative items of the batch
 *
 *   d_n = || t_n - sum_e a_ne f_e(x_n) ||^2
 *   L = sum over users of d + 1/2 sum over P of d + 1/2 sum over N of d,   total = base + weight L
 *
 * Experts and selectors are weights of the method. Noise is drawn for every batch; the temperature of the selection falls
 * from 1 to 1e-10 in `annealing` epochs. No item is sampled beyond those of the batch. For a mean, L is divided by the
 * number of users.
 *
 * Differs from the paper: nothing known.
 * Differs from the authors' code (RCE-KD's): `annealing` is its own option, there it is the maximal number of epochs; no
 * 1e-10 is added to the selection's softmax. As there, every entity of a batch counts once.
 */
import * as z from "zod";
import { add, input, mul, type Feed } from "../graph/index.ts";
import { expertFeeds, expertLoss, expertWeights, sharpness } from "./experts.ts";
import { feed, joined, once, scaleOf } from "./rows.ts";
import type { FactorMethod } from "./types.ts";

const options = z.strictObject({
  weight: z.number().min(0).default(0.05), // lmbda; RCE-KD code, CiteULike MF to MF; 0.01 in the authors' own
  experts: z.int().min(1).default(30), // de_num_experts; 30
  annealing: z.number().positive().default(1000), // epochs of both
});
type Options = z.output<typeof options>;

export const de: FactorMethod<Options> = {
  name: "de",
  summary: "experts rebuild the teacher's vectors of users and items from the student's",
  signal: "factors",
  student: "scores",
  inOnePiece: true,
  options,
  parameters: (sizes, o, random) => ({
    ...expertWeights("users", sizes, o.experts, random),
    ...expertWeights("items", sizes, o.experts, random),
  }),
  plan({ teacher }, o) {
    let beta = 1;
    return Promise.resolve({
      prepare: (_random, epoch) => Promise.resolve(void (beta = sharpness(epoch, o.annealing))),
      feeds({ users, c, positives, negatives }, random): Record<string, Feed> {
        const items = joined(positives, negatives);
        const half = new Float32Array(items.length).fill(scaleOf(c) / 2);
        return {
          ...expertFeeds("de.users", teacher.users, users, o.experts, random),
          ...expertFeeds("de.items", teacher.items, items, o.experts, random),
          "de.items": feed(items, items.length),
          "de.users.w": feed(once(c), users.length, 1),
          "de.items.w": feed(half, items.length, 1),
          "de.beta": feed(Float32Array.of(beta)),
        };
      },
    });
  },
  loss(student, _sizes, o) {
    const { own } = student;
    const beta = input("de.beta", []);
    const w = (side: string, n: string) => input(`de.${side}.w`, [n, 1]);
    const items = student.vectors(input("de.items", ["M"], "int32")); // [M, D]
    const ofUsers = expertLoss("de.users", "users", {
      x: student.user,
      w: w("users", "B"),
      beta,
      own,
      n: "B",
    });
    const ofItems = expertLoss("de.items", "items", { x: items, w: w("items", "M"), beta, own, n: "M" });
    return mul(add(ofUsers, ofItems), o.weight);
  },
};
