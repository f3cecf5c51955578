/**
 * HTD: angles again, but only those that a small student can keep: within groups of entities, and between entities and the
 * groups' means. The groups are learnt: those whose vectors one expert can rebuild.
 * Kang, Hwang, Kweon, Yu, "Topology Distillation for Recommender System", KDD 2021, section 4.2.
 *
 *   t_n, x_n vectors of an entity in teacher and student   z_n its group, the argmax of the selection of its side's experts
 *   cos_T, cos_S cosines of teacher and student   p_g mean of group g, a constant
 *
 *   GA = sum_n || t_n - sum_e a_ne f_e(x_n) ||^2                                                     see experts.ts
 *   TD = sum over (m, n) with z_m = z_n and cos_T(t_m, t_n) > 0 of (cos_T(t_m, t_n) - cos_S(x_m, x_n))^2
 *      + sum over (g, n) of (cos_T(p_g, t_n) - cos_S(p_g, x_n))^2
 *   L = alpha TD + (1 - alpha) GA,   total = base + weight L
 *
 * Users and items have groups of their own. Noise is drawn for every batch; the temperature of GA's selection falls from 1 to
 * 1e-10 in `annealing` epochs. No item is sampled beyond those of the batch. For a mean, L is divided by the number of users.
 *
 * Differs from the paper: only the group-level topology between entities and means; between means no gradient would run.
 * Differs from the authors' code (RCE-KD's, whose settings are the defaults; the authors' own notebook has weight .001, alpha .5,
 * annealing over 100 epochs): `annealing` is its own option, there it is the maximal number of epochs. As
 * there, every entity of a batch counts once.
 */
import * as z from "zod";
import {
  add,
  detach,
  div,
  input,
  less,
  matmul,
  max,
  mul,
  sub,
  sum,
  transpose,
  where,
  type Feed,
  type Tensor,
  unit,
} from "../graph/index.ts";
import { expertFeeds, expertLoss, expertWeights, selection, sharpness } from "./experts.ts";
import { counts, distinct, feed, scaleOf } from "./rows.ts";
import type { FactorMethod } from "./types.ts";

const options = z.strictObject({
  weight: z.number().min(0).default(0.5), // lmbda; RCE-KD code, CiteULike MF to MF; all below too
  alpha: z.number().min(0).max(1).default(0.9), // htd_alpha
  experts: z.int().min(1).default(30), // htd_num_experts
  annealing: z.number().positive().default(1000), // epochs
});
type Options = z.output<typeof options>;

/** Entities of one side: vectors [N, D] of both, and groups [N, E] with one 1 per row; rows of 0 do not count. */
interface Entities {
  readonly t: Tensor;
  readonly x: Tensor;
  readonly z: Tensor;
}

export const htd: FactorMethod<Options> = {
  name: "htd",
  summary: "the angles within learnt groups of users and items, and to the groups' means",
  signal: "factors",
  student: "scores",
  inOnePiece: true,
  options,
  parameters: (sizes, o, random) => expertWeights(sizes, o.experts, random),
  plan({ teacher }, o) {
    let beta = 1;
    return Promise.resolve({
      prepare: (_random, epoch) => Promise.resolve(void (beta = sharpness(epoch, o.annealing))),
      feeds({ users, c, positives, negatives }, random): Record<string, Feed> {
        const items = distinct(positives, negatives);
        return {
          ...expertFeeds("htd.users", teacher.users, users, o.experts, random),
          ...expertFeeds("htd.items", teacher.items, items, o.experts, random),
          "htd.items": feed(items, items.length),
          "htd.keep": feed(counts(c), users.length, 1),
          "htd.beta": feed(Float32Array.of(beta)),
          "htd.scale": feed(Float32Array.of(scaleOf(c))),
        };
      },
    });
  },
  loss(student, sizes, o) {
    const { own, user } = student;
    const [beta, keep] = [input("htd.beta", []), input("htd.keep", ["B", 1])];
    const item = student.vectors(input("htd.items", ["M"], "int32")); // [M, D]
    const assignment = add(
      expertLoss("htd.users", "users", { x: user, w: keep, beta, own, n: "B" }),
      expertLoss("htd.items", "items", { x: item, beta, own, n: "M" }),
    );
    const [tu, ti] = [input("htd.users.t", ["B", sizes.teacher]), input("htd.items.t", ["M", sizes.teacher])];
    const users = { t: mul(tu, keep), x: mul(user, keep), z: mul(argmax(selection(own, "users", tu)), keep) };
    const items = { t: ti, x: item, z: argmax(selection(own, "items", ti)) };
    const topology = [withinGroups(users), withinGroups(items)]
      .concat([users, items].flatMap((group) => [users, items].map((to) => toMeans(group, to))))
      .reduce(add);
    const loss = add(mul(topology, o.alpha), mul(assignment, 1 - o.alpha));
    return mul(mul(loss, input("htd.scale", [])), o.weight);
  },
};

/** [N, E] 1 at the largest of each row. */
const argmax = (x: Tensor): Tensor => where(less(x, max(x, [-1], true)), 0, 1);

const cosines = (a: Tensor, b: Tensor): Tensor => matmul(unit(a), unit(b), { transB: true });

function withinGroups({ t, x, z }: Entities): Tensor {
  const cosT = cosines(t, t); // [N, N]
  const pairs = where(less(0, cosT), matmul(z, z, { transB: true }), 0);
  const gap = sub(cosines(x, x), cosT);
  return sum(mul(pairs, mul(gap, gap)));
}

/** Every mean of a group without members is 0, and so are its cosines: no difference. */
function toMeans({ t, x, z }: Entities, to: Entities): Tensor {
  const size = add(transpose(sum(z, [0], true), [1, 0]), 1e-10); // [E, 1]
  const mean = (vectors: Tensor) => detach(div(matmul(z, vectors, { transA: true }), size)); // [E, D]
  const gap = sub(cosines(mean(x), to.x), cosines(mean(t), to.t)); // [E, N]
  return sum(mul(gap, gap));
}
