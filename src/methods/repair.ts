/**
 * REPAIR: RANK-MARGIN, and the student's own list is mended from both sides: what is missing in it rises above its last
 * place, what the teacher does not list sinks below.
 * Zhang, Liu, "Few-shot Model Extraction Attacks against Sequential Recommender Systems", arXiv 2411.11677: the
 * "bidirectional repair loss".
 *
 *   T the teacher's K items   S the student's K best items   f_S student scores   theta the score of the last of S
 *
 *   L = L_DFME + repair mean_s [ mean_{i in T\S} softplus(theta - f_S(i)) + mean_{j in S\T} softplus(f_S(j) - theta) ]
 *       + lam_h L_hard
 *
 * S is that of the present step, and no gradient runs through theta.
 *
 * Differs from the paper: unknown, its formula is not published in what we have; form and weight are our reading. Its other half,
 * made-up histories, is `probe --queries autoregressive`. Differs from the authors' code: none is public.
 */
import * as z from "zod";
import {
  add,
  cast,
  detach,
  div,
  gatherElements,
  input,
  less,
  matmul,
  mul,
  scatterElements,
  slice,
  softplus,
  sub,
  sum,
  topK,
  where,
  type Tensor,
} from "../graph/index.ts";
import { firstOf, meanOver } from "./list-rows.ts";
import { rankMargin, rankMarginOptions } from "./rank-margin.ts";
import { feed, lengthOfList, withoutFills } from "./rows.ts";
import type { ListMethod, Student } from "./types.ts";

const options = z.strictObject({
  ...rankMarginOptions.shape,
  repair: z.number().min(0).default(1), // our reading
});
type Options = z.output<typeof options>;

export const repair: ListMethod<Options> = {
  name: "repair",
  summary: "rank-margin, and the student's list is mended where it differs from the teacher's",
  signal: "lists",
  student: "sequence",
  options,
  labelWeight: (o) => o.labels,
  plan(signal, train, items, o, random) {
    const { k } = signal.manifest;
    const margin = rankMargin.plan(signal, train, items, o, random);
    return {
      ...margin,
      feeds(queries, contrasted, random, epoch) {
        const lists = firstOf(signal, k, queries);
        const { items: listed, keep } = withoutFills(lists);
        const length = queries.map((_, b) => lengthOfList(lists.subarray(b * k, (b + 1) * k)));
        const n = queries.length;
        return {
          ...margin.feeds(queries, contrasted, random, epoch),
          "repair.k": { data: BigInt64Array.of(BigInt(k)), shape: [1] },
          "repair.items": feed(listed, n, k),
          "repair.keep": feed(keep, n, k),
          "repair.last": feed(length.map((size) => Math.max(0, size - 1)), n, 1), // prettier-ignore
          "repair.c": feed(meanOver(queries).map((c, b) => (length[b] === 0 ? 0 : c)), n, 1), // prettier-ignore
        };
      },
    };
  },
  loss: (student, k, o) => add(rankMargin.loss(student, k, o)!, mul(mended(student, k), o.repair)),
};

/** The two means; a list that is shorter than k is held against as many of the student's best. */
function mended({ h, items }: Student, k: number): Tensor {
  const [listed, keep] = [input("repair.items", ["Q", k], "int32"), input("repair.keep", ["Q", k])];
  const s = matmul(h, items.all, { transB: true }); // [Q, I]
  const best = slice(topK(s, input("repair.k", [1], "int64")), 1, 0, k); // S
  const [own, theirs] = [gatherElements(s, best), gatherElements(s, cast(listed, "int64"))]; // [Q, K]
  const theta = detach(gatherElements(own, cast(input("repair.last", ["Q", 1], "int32"), "int64"))); // [Q, 1]
  const inT = scatterElements(mul(detach(s), 0), listed, keep); // [Q, I]
  const missing = mul(keep, where(less(theirs, theta), 1, 0)); // T \ S
  const surplus = mul(keep, sub(1, gatherElements(inT, best))); // S \ T
  const rises = meanOf(softplus(sub(theta, theirs)), missing);
  const sinks = meanOf(softplus(sub(own, theta)), surplus);
  return sum(mul(input("repair.c", ["Q", 1]), add(rises, sinks)));
}

/** [Q, 1] of each row the mean of x [Q, K] where w [Q, K] is 1; 0 where it never is. */
function meanOf(x: Tensor, w: Tensor): Tensor {
  const count = sum(w, [1], true);
  return div(sum(mul(x, w), [1], true), where(less(count, 1), 1, count));
}
