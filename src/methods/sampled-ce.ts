/**
 * Sampled CE: cross-entropy to the teacher on the whole catalogue at the cost of a subset. What both models rank high is
 * counted exactly; a few items drawn from the rest stand for all of it.
 * Ours, after the closure condition of Zhu, Zhang, arXiv 2509.20989 (Assumption 4.3): the bound on NDCG wants every item
 * that the student ranks above a wanted one in the partition function, and an estimate of the missing part is enough.
 * The estimate is that of Bengio, Senecal, "Adaptive Importance Sampling to Accelerate Training of a Neural Probabilistic
 * Language Model", IEEE Trans. Neural Networks 2008.
 *
 *   r^T, r^S scores of teacher and student   Q^T, Q^S the `k` and `own` best items of each   R = I \ Q^T \ Q^S
 *   N `drawn` items of R, uniform, without replacement   w_j = |R| / |N| for j in N, 1 for j in Q^T u Q^S
 *
 *   sigma_w(r)_i = w_i exp(r_i / tau) / sum_{j in Q^T u Q^S u N} w_j exp(r_j / tau)
 *   L = -sum_i sigma_w(r^T)_i log sigma_w(r^S)_i,   total = base + weight L
 *
 * Q^T is found once, Q^S and N before every epoch. Training items are not masked, as in RCE-KD. With N = R it is the full
 * cross-entropy; without N it is that of the union.
 *
 * Differs from the paper: there is none. Differs from the authors' code: there is none.
 */
import * as z from "zod";
import { input, mul, type Feed } from "../graph/index.ts";
import { subsetCrossEntropy } from "../losses/index.ts";
import type { Random } from "../random.ts";
import { RestOfCatalogue } from "./draws.ts";
import { atMost, feed, feedRows, repeats } from "./rows.ts";
import { softmaxOn } from "./teacher-probabilities.ts";
import type { FactorMethod, FactorSides } from "./types.ts";

const options = z.strictObject({
  weight: z.number().min(0).default(500), // lambda, as RCE-KD's
  k: z.int().min(1).default(50), // of Q^T
  own: z.int().min(1).default(50), // of Q^S
  drawn: z.int().min(0).default(100),
  temperature: z.number().positive().default(1), // tau
});
type Options = z.output<typeof options>;

/** Rows [U, S], S = k + own + drawn: Q^T, Q^S, N. */
interface Sets {
  readonly items: Int32Array;
  readonly p: Float32Array; // sigma_w(r^T)
  readonly logW: Float32Array; // -1e9 where an item stands in the row already
}

const width = (o: Options) => o.k + o.own + o.drawn;

export const sampledCe: FactorMethod<Options> = {
  name: "sampled-ce",
  summary: "full cross-entropy, estimated from both models' best items and a few that stand for the rest",
  signal: "factors",
  student: "scores",
  options,
  async plan(sides, o) {
    atMost("sampled-ce", { k: o.k, own: o.own }, sides.items, "the size of the catalogue");
    const teacherTop = await sides.teacher.scores.top(o.k);
    let sets: Sets | undefined;
    return {
      prepare: async (random) => void (sets = await epochSets(sides, teacherTop, o, random)),
      feeds: ({ users, c }): Record<string, Feed> => ({
        "sce.items": feedRows(sets!.items, width(o), users),
        "sce.p": feedRows(sets!.p, width(o), users),
        "sce.logW": feedRows(sets!.logW, width(o), users),
        "sce.c": feed(c, users.length, 1),
      }),
    };
  },
  loss(student, _sizes, o) {
    const s = student.scores(input("sce.items", ["B", width(o)], "int32")); // [B, S]
    const [p, logW] = [input("sce.p", ["B", width(o)]), input("sce.logW", ["B", width(o)])];
    return mul(subsetCrossEntropy(s, p, input("sce.c", ["B", 1]), o.temperature, logW), o.weight);
  },
};

async function epochSets(
  sides: FactorSides,
  teacherTop: Int32Array,
  o: Options,
  random: Random,
): Promise<Sets> {
  const [{ users, teacher, student }, s] = [sides, width(o)];
  const top = await student.top(o.own);
  const items = new Int32Array(users * s);
  const logW = new Float32Array(users * s);
  const rest = new RestOfCatalogue(sides.items);
  for (let u = 0; u < users; u++) {
    const [row, weights] = [items.subarray(u * s, (u + 1) * s), logW.subarray(u * s, (u + 1) * s)];
    row.set(teacherTop.subarray(u * o.k, (u + 1) * o.k));
    row.set(top.subarray(u * o.own, (u + 1) * o.own), o.k);
    const exact = row.subarray(0, o.k + o.own);
    const repeated = repeats(exact, (j) => (weights[j] = -1e9));
    rest.open(exact);
    const found = rest.draw(row.subarray(o.k + o.own), random);
    const open = sides.items - exact.length + repeated;
    weights.fill(-1e9, o.k + o.own + found).fill(Math.log(open / found), o.k + o.own, o.k + o.own + found);
  }
  const p = await teacher.scores.of(items, s);
  for (let i = 0; i < p.length; i++) p[i]! += o.temperature * logW[i]!;
  for (let u = 0; u < users; u++) softmaxOn(p, p, u, s, o.temperature);
  return { items, p, logW };
}
