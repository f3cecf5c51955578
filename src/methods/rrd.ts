/**
 * RRD: the student learns the order of some of the teacher's best items, and that they stand above a tail whose own order
 * is left open.
 * Kang, Hwang, Kweon, Yu, "DE-RRD: A Knowledge Distillation Framework for Recommender System", CIKM 2020, section 3.2.
 *
 *   s student scores   r_1..r_K the interesting items in the teacher's order   Z the L uninteresting items
 *
 *   L = -sum_k log( exp(s_{r_k}) / ( sum_{j >= k} exp(s_{r_j}) + sum_{i in Z} exp(s_i) ) ),   total = base + weight L
 *
 * P is the teacher's `pool` best unseen items, found once. Drawn before every epoch: r, K items of P without replacement,
 * p(rank) prop. to exp(-rank / temperature), put back in order; Z, uniform from what is neither seen nor in P, without
 * replacement. sampling "none": r is the first K of P; the authors of RRD found drawing it unnecessary (README of their
 * repository). A user with fewer candidates has shorter lists.
 *
 * Differs from the paper: nothing known.
 * Differs from the authors' code (RCE-KD's): scores are not clipped at 80, the loss is stable without. Its switches
 * `sample_from_score` and `no_sort` are not here. As there, a user of several pairs of a batch counts once.
 */
import * as z from "zod";
import { row } from "../dataset/index.ts";
import { add, input, logSumExp, mul, type Feed } from "../graph/index.ts";
import { listMle } from "../losses/index.ts";
import type { Random } from "../random.ts";
import { drawWeighted, RestOfCatalogue } from "./draws.ts";
import { atMost, feed, feedRows, lengthOfList, once, withoutFills } from "./rows.ts";
import type { FactorMethod, FactorSides } from "./types.ts";

const options = z.strictObject({
  sampling: z.enum(["ranks", "none"]).default("ranks"), // RCE-KD code, CiteULike MF to MF; all below too
  weight: z.number().min(0).default(0.1), // lmbda; 1e-3 in the authors' own code
  k: z.int().min(1).default(100), // rrd_K; 40
  drawn: z.int().min(1).default(200), // L, rrd_L; 40
  temperature: z.number().positive().default(10), // T, rrd_T; 10
  pool: z.int().min(1).default(500), // rrd_mxK; 500; cut to the catalogue
});
type Options = z.output<typeof options>;

/** The lists of one epoch, a row per user. */
interface Lists {
  readonly items: Int32Array; // [U, K]
  readonly keep: Float32Array;
  readonly tail: Int32Array; // [U, L]
  readonly tailMask: Float32Array; // 0, or -1e9 where there is no item
}

export const rrd: FactorMethod<Options> = {
  name: "rrd",
  summary: "the teacher's order of drawn best items, above a drawn tail without order",
  signal: "factors",
  student: "scores",
  options,
  async plan(sides, o) {
    atMost("rrd", { k: o.k, drawn: o.drawn }, sides.items, "the size of the catalogue");
    atMost("rrd", { k: o.k }, o.pool, "the option pool that items are drawn from");
    const pool = await sides.teacher.scores.top(o.pool, { unseen: true });
    let lists: Lists | undefined;
    return {
      prepare: (random) => Promise.resolve(void (lists = drawLists(sides, pool, o, random))),
      feeds({ users, c }): Record<string, Feed> {
        const { items, keep, tail, tailMask } = lists!;
        return {
          "rrd.items": feedRows(items, o.k, users),
          "rrd.keep": feedRows(keep, o.k, users),
          "rrd.tail": feedRows(tail, o.drawn, users),
          "rrd.tailMask": feedRows(tailMask, o.drawn, users),
          "rrd.c": feed(once(c), users.length, 1),
        };
      },
    };
  },
  loss(student, _sizes, o) {
    const s = student.scores(input("rrd.items", ["B", o.k], "int32")); // [B, K]
    const tail = student.scores(input("rrd.tail", ["B", o.drawn], "int32")); // [B, L]
    const logE = logSumExp(add(tail, input("rrd.tailMask", ["B", o.drawn]))); // [B, 1]
    return mul(listMle(s, logE, input("rrd.c", ["B", 1]), input("rrd.keep", ["B", o.k])), o.weight);
  },
};

function drawLists(
  { users, items, train }: FactorSides,
  pool: Int32Array,
  o: Options,
  random: Random,
): Lists {
  const width = pool.length / users;
  const lists = new Int32Array(users * o.k).fill(-1);
  const tails = new Int32Array(users * o.drawn).fill(-1);
  const rest = new RestOfCatalogue(items);
  for (let u = 0; u < users; u++) {
    const best = pool.subarray(u * width, (u + 1) * width);
    const places =
      o.sampling === "none" ? best.subarray(0, o.k).map((_, p) => p) : drawPlaces(best, o, random);
    lists.set(
      places.map((p) => best[p]!),
      u * o.k,
    );
    rest.open(row(train, u), best);
    rest.draw(tails.subarray(u * o.drawn, (u + 1) * o.drawn), random);
  }
  const { items: tail, keep: inTail } = withoutFills(tails);
  return { ...withoutFills(lists), tail, tailMask: inTail.map((here) => (here - 1) * 1e9) };
}

/** @returns ranks of K items without replacement, weights exp(-rank / T), ascending. */
function drawPlaces(best: Int32Array, { k, temperature }: Options, random: Random): Int32Array {
  const logits = Float64Array.from({ length: lengthOfList(best) }, (_, p) => -p / temperature);
  return drawWeighted(logits, k, random).sort();
}
