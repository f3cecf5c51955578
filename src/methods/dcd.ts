/**
 * DCD: the student corrects its own errors: items that it ranks below the teacher's rank are put in order above those that
 * it ranks too high.
 * Lee, Kim, "Dual Correction Strategy for Ranking Distillation in Top-N Recommender System", CIKM 2021.
 *
 *   s student scores   P the teacher's `pool` best unseen items   rank_T(i) the place of i in P, from 0
 *   rank_S(i) the place of i in the student's ranking of the whole catalogue, from 0   d_i = rank_S(i) - rank_T(i)
 *   u_i = max( tanh(max(d_i / T, 0)), 1e-5 ) for under-estimated items,   o_i the same of -d_i for over-estimated ones
 *
 *   L = the loss of RRD on K items drawn by u, in the order of their drawing, above K items drawn by o
 *   total = base + weight L
 *
 * P is found once; ranks are taken and items drawn before every epoch, without replacement. sampling "none": the K items of
 * largest d and the K of smallest, the most mistaken first; drawing was found unnecessary by the authors of HetComp, the
 * order is our reading. A user with fewer candidates has shorter lists.
 *
 * Differs from the paper: users only; the paper ranks users for items as well.
 * Differs from the authors' code (RCE-KD's): scores are not clipped at 80, the loss is stable without. Its switch `ablation`
 * (cross-entropy on both sets) is not here. As there, a user of several pairs of a batch counts once.
 */
import * as z from "zod";
import { add, input, logSumExp, mul, type Feed } from "../graph/index.ts";
import { listMle } from "../losses/index.ts";
import type { Random } from "../random.ts";
import { drawWeighted, largest } from "./draws.ts";
import { atMost, feed, feedRows, lengthOfList, once, withoutFills } from "./rows.ts";
import type { ScoredMethod, ScoredSides } from "./types.ts";

const options = z.strictObject({
  sampling: z.enum(["ranks", "none"]).default("ranks"), // RCE-KD code, CiteULike MF to MF; all below too
  weight: z.number().min(0).default(0.01), // lmbda
  k: z.int().min(1).default(100), // dcd_K
  temperature: z.number().positive().default(10), // T, dcd_T
  pool: z.int().min(1).default(500), // dcd_mxK; cut to the catalogue
});
type Options = z.output<typeof options>;

/** The lists of one epoch [U, K]. */
interface Lists {
  readonly under: Int32Array;
  readonly over: Int32Array;
  readonly keep: Float32Array; // both are as long as the user's part of P allows
}

export const dcd: ScoredMethod<Options> = {
  name: "dcd",
  summary: "items that the student ranks too low, in order above those that it ranks too high",
  signal: "factors",
  student: "scores",
  options,
  async plan(sides, o) {
    atMost(
      "dcd",
      { k: o.k },
      Math.min(o.pool, sides.items),
      "the items that are drawn from: pool, and the catalogue",
    );
    const pool = await sides.teacher.scores.top(o.pool, { unseen: true });
    let lists: Lists | undefined;
    return {
      prepare: async (random) => void (lists = await drawLists(sides, pool, o, random)),
      feeds({ users, c }): Record<string, Feed> {
        const { under, over, keep } = lists!;
        return {
          "dcd.under": feedRows(under, o.k, users),
          "dcd.over": feedRows(over, o.k, users),
          "dcd.keep": feedRows(keep, o.k, users),
          "dcd.c": feed(once(c), users.length, 1),
        };
      },
    };
  },
  loss(student, _sizes, o) {
    const scores = (name: string) => student.scores(input(name, ["B", o.k], "int32")); // [B, K]
    const keep = input("dcd.keep", ["B", o.k]);
    const logE = logSumExp(add(scores("dcd.over"), mul(add(keep, -1), 1e9))); // [B, 1]
    return mul(listMle(scores("dcd.under"), logE, input("dcd.c", ["B", 1]), keep), o.weight);
  },
};

async function drawLists({ users, student }: ScoredSides, pool: Int32Array, o: Options, random: Random) {
  const width = pool.length / users;
  const ranks = await student.ranks(withoutFills(pool).items, width);
  const [under, over] = [new Int32Array(users * o.k).fill(-1), new Int32Array(users * o.k).fill(-1)];
  for (let u = 0; u < users; u++) {
    const best = pool.subarray(u * width, (u + 1) * width);
    const d = Float64Array.from({ length: lengthOfList(best) }, (_, p) => ranks[u * width + p]! - p);
    const item = (p: number) => best[p]!;
    under.set(mistaken(d, o, random).map(item), u * o.k);
    over.set(mistaken(d.map((x) => -x), o, random).map(item), u * o.k); // prettier-ignore
  }
  const { items, keep } = withoutFills(under);
  return { under: items, over: withoutFills(over).items, keep };
}

/** @returns places of K items, those with a large error the likelier. */
function mistaken(d: Float64Array, { sampling, k, temperature }: Options, random: Random): Int32Array {
  if (sampling === "none") return largest(d, k);
  const logits = d.map((x) => Math.log(Math.max(Math.tanh(Math.max(x / temperature, 0)), 1e-5)));
  return drawWeighted(logits, k, random);
}
