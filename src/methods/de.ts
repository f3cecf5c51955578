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
import { add, input, mul, type Feed, type Tensor } from "../graph/index.ts";
import type { Random } from "../random.ts";
import type { Factors } from "../signals/index.ts";
import { expertFeeds, expertLoss, expertWeights, sharpness } from "./experts.ts";
import { feed, joined, once, scaleOf } from "./rows.ts";
import type { FactorBatch, FactorMethod, FactorStudent } from "./types.ts";

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
  parameters: (sizes, o, random) => expertWeights(sizes, o.experts, random),
  plan({ teacher }, o) {
    let beta = 1;
    return Promise.resolve({
      prepare: (_random, epoch) => Promise.resolve(void (beta = sharpness(epoch, o.annealing))),
      feeds: (batch, random) => deFeeds(teacher, batch, o.experts, beta, random),
    });
  },
  loss: (student, _sizes, o) => mul(deLoss(student), o.weight),
};

/** The inputs of {@link deLoss}. @param beta 1 / tau of the selection */
export function deFeeds(
  teacher: Factors,
  { users, c, positives, negatives }: FactorBatch,
  experts: number,
  beta: number,
  random: Random,
): Record<string, Feed> {
  const items = joined(positives, negatives);
  const half = new Float32Array(items.length).fill(scaleOf(c) / 2);
  return {
    ...expertFeeds("de.users", teacher.users, users, experts, random),
    ...expertFeeds("de.items", teacher.items, items, experts, random),
    "de.items": feed(items, items.length),
    "de.users.w": feed(once(c), users.length, 1),
    "de.items.w": feed(half, items.length, 1),
    "de.beta": feed(Float32Array.of(beta)),
  };
}

/** L, without its weight. */
export function deLoss(student: FactorStudent): Tensor {
  const { user, own } = student;
  const beta = input("de.beta", []);
  const w = (side: string, n: string) => input(`de.${side}.w`, [n, 1]);
  const items = student.vectors(input("de.items", ["M"], "int32")); // [M, D]
  return add(
    expertLoss("de.users", "users", { x: user, w: w("users", "B"), beta, own, n: "B" }),
    expertLoss("de.items", "items", { x: items, w: w("items", "M"), beta, own, n: "M" }),
  );
}
