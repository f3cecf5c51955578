/**
 * CD: the student predicts the teacher's probability of a few items that it ranks high itself.
 * Lee, Choi, Lee, Shim, "Collaborative Distillation for Top-N Recommendation", ICDM 2019, as in the code of RCE-KD.
 *
 *   s, t scores of student and teacher   q_i = sigmoid((t_i + t2) / t1)   P the `pool` best unseen items of the guide
 *
 *   L = sum over `drawn` items of BCE( q_i, sigmoid(s_i) ),   total = base + weight L
 *   an item is the better of two ranks of P, each drawn with probability prop. to exp(-rank / (spread pool))
 *
 * Items are drawn before every epoch, training items never; guide "random" draws from the whole catalogue, as that code does.
 *
 * Differs from the paper: the paper's own settings are not in what we have; everything here is the RCE-KD code's.
 * Differs from the authors' code: there the teacher-guided and the random items are drawn once, here before every epoch.
 * The cross-entropy is taken from logits, without its 1e-10. As there, an item may be drawn twice, and users are counted by
 * rows: a user of two pairs of a batch counts twice.
 */
import * as z from "zod";
import { input, mul, softplus, sub, sum, type Feed } from "../graph/index.ts";
import type { Random } from "../random.ts";
import { drawRank } from "./draws.ts";
import { feed, feedRows, lengthOfList } from "./rows.ts";
import type { FactorMethod, FactorSides } from "./types.ts";

const options = z.strictObject({
  guide: z.enum(["student", "teacher", "random"]).default("student"), // RCE-KD code, CiteULike MF to MF; all below too
  weight: z.number().min(0).default(0.5), // lmbda
  drawn: z.int().min(1).default(2), // cd_n_distill
  pool: z.int().min(1).default(3000), // cd_sample_num; cut to the catalogue
  spread: z.number().positive().default(20), // cd_T
  t1: z.number().positive().default(2), // cd_t1
  t2: z.number().default(0), // cd_t2
});
type Options = z.output<typeof options>;

/** The items of one epoch, a row per user. */
interface Drawn {
  readonly items: Int32Array; // [U, S]
  readonly q: Float32Array;
  readonly has: Uint8Array; // [U] 0 for a user who has seen the whole catalogue
}

export const cd: FactorMethod<Options> = {
  name: "cd",
  summary: "binary cross-entropy to the teacher's probability of items drawn from the student's best",
  signal: "factors",
  student: "scores",
  options,
  plan(sides, o) {
    let drawn: Drawn | undefined;
    return Promise.resolve({
      prepare: async (random) => void (drawn = await drawItems(sides, o, random)),
      feeds({ users, c }): Record<string, Feed> {
        const { items, q, has } = drawn!;
        return {
          "cd.items": feedRows(items, o.drawn, users),
          "cd.q": feedRows(q, o.drawn, users),
          "cd.c": feed(
            c.map((weight, b) => weight * has[users[b]!]!),
            users.length,
            1,
          ),
        };
      },
    });
  },
  loss(student, _sizes, o) {
    const s = student.scores(input("cd.items", ["B", o.drawn], "int32")); // [B, S]
    const q = input("cd.q", ["B", o.drawn]);
    // -q log sigmoid(s) - (1 - q) log(1 - sigmoid(s)) = softplus(s) - q s
    return mul(sum(mul(input("cd.c", ["B", 1]), sub(softplus(s), mul(q, s)))), o.weight);
  },
};

async function drawItems(sides: FactorSides, o: Options, random: Random): Promise<Drawn> {
  const { users, items: catalogue, student, teacher } = sides;
  const items = new Int32Array(users * o.drawn);
  const has = new Uint8Array(users).fill(1);
  if (o.guide === "random") items.forEach((_, n) => (items[n] = random.integer(catalogue)));
  else {
    const best = await (o.guide === "student" ? student : teacher.scores).top(o.pool, { unseen: true });
    const width = best.length / users;
    for (let u = 0; u < users; u++) {
      const list = best.subarray(u * width, (u + 1) * width);
      const length = lengthOfList(list);
      has[u] = Number(length > 0);
      const rank = () => drawRank(length, o.spread * width, random);
      if (length > 0)
        for (let n = 0; n < o.drawn; n++) items[u * o.drawn + n] = list[Math.min(rank(), rank())]!;
    }
  }
  const t = await teacher.scores.of(items, o.drawn);
  return { items, q: t.map((score) => 1 / (1 + Math.exp(-(score + o.t2) / o.t1))), has };
}
