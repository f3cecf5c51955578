/**
 * FTD: the student keeps the angles between all entities of a batch, whatever space it puts them in.
 * Kang, Hwang, Kweon, Yu, "Topology Distillation for Recommender System", KDD 2021, section 4.1.
 *
 *   T, X rows of length 1: teacher's and student's vectors of the batch's users and items, one below the other
 *
 *   L = sum over all pairs (m, n) of ( T_m . T_n - X_m . X_n )^2,   total = base + weight L
 *     = || T T' - X X' ||^2 = || T'T ||^2 - 2 || T'X ||^2 + || X'X ||^2
 *
 * and the last three matrices are as small as the vectors are wide. Nothing is sampled: entities are the different users
 * and items of the batch. For a mean, L is divided by the number of users.
 *
 * Differs from the paper: nothing known; the default weight is that of its authors' notebook (CiteULike, sums over batches of 1,024).
 * Differs from the authors' code: the sum is the same, taken by the identity above; every entity counts once.
 */
import * as z from "zod";
import { add, input, matmul, mul, sub, sum, type Feed, type Tensor, unit } from "../graph/index.ts";
import { counts, distinct, feed, feedRows, scaleOf } from "./rows.ts";
import type { FactorMethod } from "./types.ts";

const options = z.strictObject({
  weight: z.number().min(0).default(0.001), // lmbda_TD
});
type Options = z.output<typeof options>;

/** Rows of length 1, or 0 for rows that do not count. */
interface Entities {
  readonly users: Tensor; // [B, D]
  readonly items: Tensor; // [M, D]
}

export const ftd: FactorMethod<Options> = {
  name: "ftd",
  summary: "the angles between all users and items of a batch, as in the teacher",
  signal: "factors",
  student: "scores",
  inOnePiece: true,
  options,
  plan: ({ teacher }) =>
    Promise.resolve({
      feeds({ users, c, positives, negatives }): Record<string, Feed> {
        const items = distinct(positives, negatives);
        return {
          "ftd.items": feed(items, items.length),
          "ftd.users.t": feedRows(teacher.users.data, teacher.users.width, users),
          "ftd.items.t": feedRows(teacher.items.data, teacher.items.width, items),
          "ftd.keep": feed(counts(c), users.length, 1),
          "ftd.scale": feed(Float32Array.of(scaleOf(c))),
        };
      },
    }),
  loss(student, sizes, o) {
    const keep = input("ftd.keep", ["B", 1]);
    const t: Entities = {
      users: mul(unit(input("ftd.users.t", ["B", sizes.teacher])), keep),
      items: unit(input("ftd.items.t", ["M", sizes.teacher])),
    };
    const x: Entities = {
      users: mul(unit(student.user), keep),
      items: unit(student.vectors(input("ftd.items", ["M"], "int32"))),
    };
    const gap = add(sub(gram(t, t), mul(gram(t, x), 2)), gram(x, x));
    return mul(mul(gap, input("ftd.scale", [])), o.weight);
  },
};

/** || A'B ||^2, A and B the entities' rows one below the other: A'B is a sum over rows, hence over users and over items. */
function gram(a: Entities, b: Entities): Tensor {
  const product = add(matmul(a.users, b.users, { transA: true }), matmul(a.items, b.items, { transA: true }));
  return sum(mul(product, product));
}
