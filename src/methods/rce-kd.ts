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
 * `pool` is at least K and at most the catalogue. The softmax is stabilised. Training items are not masked in either. Sum
 * or mean over users: the task's `reduction`.
 */
import * as z from "zod";
import { add, input, mul, type Feed } from "../graph/index.ts";
import { subsetCrossEntropy } from "../losses/index.ts";
import type { Random } from "../random.ts";
import { drawWeighted } from "./draws.ts";
import { atMost, rowsOf } from "./rows.ts";
import { softmaxOn } from "./teacher-probabilities.ts";
import type { ScoredMethod, ScoredSides } from "./types.ts";

const options = z.strictObject({
  mode: z.enum(["code", "paper"]).default("code"),
  weight: z.number().min(0).default(500), // lambda; CiteULike MF to MF
  k: z.int().min(1).default(50), // K of Q^T and Q^S; 50 or 100 in the shipped settings
  drawn: z.int().min(1).default(50), // L; 50 or 100
  pool: z.int().min(1).default(200), // mxK; 100 to 500
  temperature: z.number().positive().default(1), // tau of both softmaxes
  sampling: z.number().positive().default(10), // T, fixed in the paper
  beta: z.number().min(0).default(3), // Eq. (10); 0.5 to 15
});
type Options = z.output<typeof options>;

/** The sets of one epoch, a row per user, and the teacher's probabilities on them. */
interface Sets {
  readonly own: Int32Array; // [U, K] Q^S
  readonly ownP: Float32Array;
  readonly rest: Int32Array; // [U, L + K] the drawn items, then Q^T
  readonly restP: Float32Array; // 0 for teacher items that are in Q^S or drawn already
  readonly restMask: Float32Array;
  readonly gamma: Float32Array; // [U]
}

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
    const items = await sides.teacher.scores.top(o.k);
    const best = { items, scores: await sides.teacher.scores.of(items, o.k) };
    let sets: Sets | undefined;
    return {
      prepare: async (random) => void (sets = await epochSets(sides, best, o, random)),
      feeds({ users, c }): Record<string, Feed> {
        const { own, ownP, rest, restP, restMask, gamma } = sets!;
        const [b, s] = [users.length, o.drawn + o.k];
        const gammas = rowsOf(gamma, 1, users);
        return {
          "own.items": { data: rowsOf(own, o.k, users), shape: [b, o.k] },
          "own.p": { data: rowsOf(ownP, o.k, users), shape: [b, o.k] },
          "own.c": { data: gammas.map((g, i) => (1 - g) * c[i]!), shape: [b, 1] },
          "rest.items": { data: rowsOf(rest, s, users), shape: [b, s] },
          "rest.p": { data: rowsOf(restP, s, users), shape: [b, s] },
          "rest.mask": { data: rowsOf(restMask, s, users), shape: [b, s] },
          "rest.c": { data: gammas.map((g, i) => g * c[i]!), shape: [b, 1] },
        };
      },
    };
  },
  loss(student, _sizes, o) {
    const s = o.drawn + o.k;
    const on = (name: string, width: number) => student.scores(input(`${name}.items`, ["B", width], "int32"));
    const p = (name: string, width: number) => input(`${name}.p`, ["B", width]);
    const c = (name: string) => input(`${name}.c`, ["B", 1]);
    const l1 = subsetCrossEntropy(on("own", o.k), p("own", o.k), c("own"), o.temperature);
    const mask = input("rest.mask", ["B", s]);
    const l2 = subsetCrossEntropy(on("rest", s), p("rest", s), c("rest"), o.temperature, mask);
    return mul(add(l1, l2), o.weight); // (1 - gamma) and gamma are in c
  },
};

/** Q^T and the teacher's scores of it: [U, K]. */
interface TeacherBest {
  readonly items: Int32Array;
  readonly scores: Float32Array;
}

async function epochSets(
  { teacher, student, users, items }: ScoredSides,
  best: TeacherBest,
  o: Options,
  random: Random,
): Promise<Sets> {
  const [k, l] = [o.k, o.drawn];
  const pool = await student.top(Math.max(o.pool, k));
  const width = pool.length / users;
  const own = new Int32Array(users * k);
  const drawn = new Int32Array(users * l);
  const keeps = new Uint8Array(users * (l + k)).fill(1);
  const gamma = new Float32Array(users);
  const drawer = new SetDrawer(o, items, random);
  for (let u = 0; u < users; u++) {
    const candidates = pool.subarray(u * width, (u + 1) * width); // P
    const wanted = best.items.subarray(u * k, (u + 1) * k);
    own.set(candidates.subarray(0, k), u * k);
    const kept = keeps.subarray(u * (l + k) + l, (u + 1) * (l + k));
    const overlap = drawer.draw(candidates, wanted, drawn.subarray(u * l, (u + 1) * l), kept);
    gamma[u] = Math.exp((-o.beta * overlap) / k);
  }
  const ownP = await teacher.scores.of(own, k);
  const rest = beside(drawn, l, best.items, k);
  const restP = beside(await teacher.scores.of(drawn, l), l, best.scores, k);
  const restMask = Float32Array.from(keeps, (keep) => (keep === 1 ? 0 : -1e9));
  for (let u = 0; u < users; u++) {
    softmaxOn(ownP, ownP, u, k, o.temperature);
    softmaxOn(restP, restP, u, l + k, o.temperature, keeps);
  }
  return { own, ownP, rest, restP, restMask, gamma };
}

/** @returns the rows of two tables beside each other: [U, l] and [U, k] make [U, l + k]. */
function beside<A extends Int32Array | Float32Array>(left: A, l: number, right: A, k: number): A {
  const Kind = left.constructor as new (n: number) => A;
  const both = new Kind(left.length + right.length);
  for (let at = 0, a = 0, b = 0; at < both.length;) {
    for (let j = 0; j < l; j++) both[at++] = left[a++]!;
    for (let j = 0; j < k; j++) both[at++] = right[b++]!;
  }
  return both;
}

const [isWanted, isOwn, isDrawn] = [1, 2, 4];

/** Draws the set of one user after another. */
class SetDrawer {
  readonly #o: Options;
  readonly #random: Random;
  /** [I] what each item is to the present user; 0 between users. */
  readonly #marks: Uint8Array;

  constructor(o: Options, items: number, random: Random) {
    this.#o = o;
    this.#random = random;
    this.#marks = new Uint8Array(items);
  }

  /**
   * Writes the drawn items into `drawn`, 0 into `keeps` at items of Q^T that are elsewhere already.
   * @returns how many items of Q^T overlap, by the mode's definition.
   */
  draw(best: Int32Array, wanted: Int32Array, drawn: Int32Array, keeps: Uint8Array): number {
    const { k, mode } = this.#o;
    const marks = this.#marks;
    const mark = (items: Int32Array, as: number) => items.forEach((item) => (marks[item]! |= as));
    mark(wanted, isWanted);
    drawn.set(this.#sample(best));
    mark(best.subarray(0, k), isOwn);
    mark(drawn, isDrawn);
    let overlap = 0;
    wanted.forEach((item, j) => {
      if ((marks[item]! & (isOwn | isDrawn)) !== 0) keeps[j] = 0;
      if ((marks[item]! & (mode === "code" ? isDrawn : isOwn)) !== 0) overlap++;
    });
    for (const items of [wanted, best]) items.forEach((item) => (marks[item] = 0));
    return overlap;
  }

  /** L items of P without replacement, weights exp(z / T). */
  #sample(best: Int32Array): Int32Array {
    const { k, drawn: l, mode, sampling } = this.#o;
    const logits = new Float64Array(best.length);
    let z = 0;
    for (let p = best.length - 1; p >= 0; p--) {
      const hit = this.#marks[best[p]!]! & isWanted;
      if (mode === "code") z = Math.min(50, z + hit);
      logits[p] = z / sampling;
      if (mode === "paper" && p >= k) z += hit; // those in Q^S are (Q^T)_1
    }
    return drawWeighted(logits, l, this.#random).map((p) => best[p]!);
  }
}
