/** Methods on factors that ask their teacher for nothing but scores, taught by the finished ensemble of a trajectory. */
import type * as z from "zod";
import { ensembleOptions } from "./ensemble-list.ts";
import { Ensemble, type BestItems } from "./ensemble.ts";
import { lengthOfList } from "./rows.ts";
import type { ScoredMethod, ScoredSides, TrajectoryMethod } from "./types.ts";

type Beside = Readonly<{ base: number; consistency: boolean; decay: number }>;

/** @param changed options with other defaults */
export function onEnsemble<O>(
  method: ScoredMethod<O>,
  { name, summary, changed = {} }: { name: string; summary: string; changed?: z.ZodRawShape },
): TrajectoryMethod<O & Beside> {
  const { base, consistency, decay } = ensembleOptions;
  return {
    name,
    summary,
    signal: "trajectory",
    student: "scores",
    options: method.options.extend({ base, consistency, decay, ...changed }),
    baseWeight: (o) => o.base,
    plan(sides, o) {
      const { states, manifest } = sides.teacher;
      const most = Math.min(sides.items, states.length * manifest.k);
      const best = new Ensemble(sides.teacher, sides.items, o).best(sides.users, most);
      return method.plan({ ...sides, teacher: { scores: scoresOf(best, sides.users, sides.items) } }, o);
    },
    loss: (student, sizes, o) => method.loss(student, sizes, o),
  };
}

/** What an item counts in the ensemble as its score; 0 for one that no teacher lists. */
export function scoresOf(
  { items, importance }: BestItems,
  users: number,
  catalogue: number,
): ScoredSides["teacher"]["scores"] {
  const width = items.length / users;
  const listOf = (u: number) => items.subarray(u * width, (u + 1) * width);
  return {
    top(wanted, { unseen = false } = {}) {
      const k = Math.min(wanted, catalogue);
      const best = new Int32Array(users * k).fill(-1);
      for (let u = 0; u < users; u++) {
        const list = listOf(u).subarray(0, k);
        best.set(list, u * k);
        if (!unseen) fillUp(best.subarray(u * k, (u + 1) * k), lengthOfList(list)); // of score 0, by number
      }
      return Promise.resolve(best);
    },
    of(chosen, k) {
      const found = new Float32Array(chosen.length);
      const scores = new Float32Array(catalogue);
      for (let u = 0; u < users; u++) {
        const list = listOf(u).subarray(0, lengthOfList(listOf(u)));
        list.forEach((item, j) => (scores[item] = importance[u * width + j]!));
        for (let n = u * k; n < (u + 1) * k; n++) found[n] = scores[chosen[n]!]!;
        for (const item of list) scores[item] = 0;
      }
      return Promise.resolve(found);
    },
  };
}

/** Writes the first items that are not in a row into its places from `length` on. */
function fillUp(row: Int32Array, length: number): void {
  const named = new Set(row.subarray(0, length));
  for (let item = 0, at = length; at < row.length; item++) if (!named.has(item)) row[at++] = item;
}
