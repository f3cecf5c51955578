/** The sets of RCE-KD and the teacher's probabilities on them. See rce-kd.ts. */
import type { Random } from "../random.ts";
import { drawWeighted } from "./draws.ts";
import { beside, lengthOfList, withoutFills } from "./rows.ts";
import { softmaxOn } from "./teacher-probabilities.ts";
import type { ScoredSides } from "./types.ts";

/** The options of RCE-KD that make the sets. */
export interface SetOptions {
  readonly mode: "code" | "paper";
  readonly k: number; // K
  readonly drawn: number; // L
  readonly pool: number; // mxK
  readonly temperature: number; // tau
  readonly sampling: number; // T
  readonly beta: number;
  readonly unseen: boolean;
}

/** Items of every user, a row each, and the teacher's probabilities on them. */
export interface ItemSets {
  readonly items: Int32Array;
  readonly p: Float32Array; // 0 where masked
  readonly mask: Float32Array; // 0, or -1e9 where there is no item or it stands elsewhere
}

/** The sets of one epoch. */
export interface EpochSets {
  readonly own: ItemSets; // [U, K] Q^S
  readonly rest: ItemSets; // [U, L + K] the drawn items, then Q^T without those that are in Q^S or drawn
  readonly gamma: Float32Array; // [U]
}

/** Q^T, -1 where the teacher has no further item; the same with item 0 there, and the teacher's scores of that: [U, K]. */
interface TeacherBest {
  readonly wanted: Int32Array;
  readonly items: Int32Array;
  readonly scores: Float32Array;
}

/** @returns Q^T and its scores, which no epoch changes. */
export async function teacherBest({ teacher }: ScoredSides, o: SetOptions): Promise<TeacherBest> {
  const wanted = await teacher.scores.top(o.k, { unseen: o.unseen });
  const { items } = withoutFills(wanted);
  return { wanted, items, scores: await teacher.scores.of(items, o.k) };
}

/** @returns the sets before an epoch, from the student as it is then. */
export async function epochSets(
  { teacher, student, users, items }: ScoredSides,
  best: TeacherBest,
  o: SetOptions,
  random: Random,
): Promise<EpochSets> {
  const [k, l] = [o.k, o.drawn];
  const pool = await student.top(Math.max(o.pool, k), { unseen: o.unseen });
  const width = pool.length / users;
  const own = new Int32Array(users * k);
  const drawn = new Int32Array(users * l);
  const keeps = new Uint8Array(users * (l + k)).fill(1);
  const gamma = new Float32Array(users);
  const drawer = new SetDrawer(o, items, random);
  for (let u = 0; u < users; u++) {
    const candidates = pool.subarray(u * width, (u + 1) * width); // P
    const wanted = best.wanted.subarray(u * k, (u + 1) * k);
    own.set(candidates.subarray(0, k), u * k);
    const kept = keeps.subarray(u * (l + k), (u + 1) * (l + k));
    const overlap = drawer.draw(candidates, wanted, drawn.subarray(u * l, (u + 1) * l), kept);
    gamma[u] = Math.exp((-o.beta * overlap) / k);
  }
  const [ownSet, drawnSet] = [withoutFills(own), withoutFills(drawn)];
  const drawnScores = await teacher.scores.of(drawnSet.items, l);
  const sets = (items: Int32Array, scores: Float32Array, keep: ArrayLike<number>): ItemSets => {
    for (let u = 0; u < users; u++) softmaxOn(scores, scores, u, items.length / users, o.temperature, keep);
    return { items, p: scores, mask: maskOf(keep) };
  };
  return {
    own: sets(ownSet.items, await teacher.scores.of(ownSet.items, k), ownSet.keep),
    rest: sets(beside(drawnSet.items, l, best.items, k), beside(drawnScores, l, best.scores, k), keeps),
    gamma,
  };
}

function maskOf(keep: ArrayLike<number>): Float32Array {
  const mask = new Float32Array(keep.length);
  for (let at = 0; at < mask.length; at++) if (keep[at] === 0) mask[at] = -1e9;
  return mask;
}

const [isWanted, isOwn, isDrawn] = [1, 2, 4];

/** Draws the set of one user after another. */
class SetDrawer {
  readonly #o: SetOptions;
  readonly #random: Random;
  /** [I] what each item is to the present user; 0 between users. */
  readonly #marks: Uint8Array;

  constructor(o: SetOptions, items: number, random: Random) {
    this.#o = o;
    this.#random = random;
    this.#marks = new Uint8Array(items);
  }

  /**
   * Writes the drawn items into `drawn`, then -1; 0 into `keeps` [L + K], of the drawn and of Q^T, where there is no item or
   * one of Q^T is elsewhere already.
   * @returns how many items of Q^T overlap, by the mode's definition.
   */
  draw(best: Int32Array, wanted: Int32Array, drawn: Int32Array, keeps: Uint8Array): number {
    const { k, drawn: l, mode } = this.#o;
    const marks = this.#marks;
    const mark = (items: Int32Array, as: number) => items.forEach((item) => (marks[item]! |= as));
    mark(wanted, isWanted);
    const sample = this.#sample(best.subarray(0, lengthOfList(best)));
    drawn.fill(-1).set(sample);
    keeps.fill(0, sample.length, l);
    mark(best.subarray(0, k), isOwn);
    mark(drawn, isDrawn);
    let overlap = 0;
    wanted.forEach((item, j) => {
      if (item < 0 || (marks[item]! & (isOwn | isDrawn)) !== 0) keeps[l + j] = 0;
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
