/**
 * Methods on factors that ask their teacher for nothing but scores, taught by the ensemble of a trajectory: the finished one, or
 * states of it as HetComp's curriculum reaches them, when the method starts anew from what the ensemble has become.
 */
import type * as z from "zod";
import { compared, Curriculum, curriculumOptions, type CurriculumOptions } from "./curriculum.ts";
import { ensembleOptions } from "./ensemble-list.ts";
import { Ensemble, type BestItems } from "./ensemble.ts";
import { lengthOfList } from "./rows.ts";
import type { FactorPlan, ScoredMethod, ScoredSides, TrajectoryMethod, TrajectorySides } from "./types.ts";

type Beside = Readonly<{ base: number; consistency: boolean; decay: number }> & CurriculumOptions;

/** @param changed options with other defaults */
export function onEnsemble<O>(
  method: ScoredMethod<O>,
  { name, summary, changed = {} }: { name: string; summary: string; changed?: z.ZodRawShape },
): TrajectoryMethod<O & Beside> {
  const { base, consistency, decay } = ensembleOptions;
  const curriculum = curriculumOptions.curriculum.default("none");
  return {
    name,
    summary,
    signal: "trajectory",
    student: "scores",
    options: method.options.extend({
      base,
      consistency,
      decay,
      ...curriculumOptions,
      curriculum,
      ...changed,
    }),
    baseWeight: (o) => o.base,
    plan: (sides, o) => {
      const { states, manifest } = sides.teacher;
      const ensemble = new Ensemble(sides.teacher, sides.items, o);
      const most = Math.min(sides.items, states.length * manifest.k);
      const at = new Curriculum(sides.teacher, sides, o);
      const begin = () => {
        const best = ensemble.best(sides.users, most, at.stateOf);
        return method.plan({ ...sides, teacher: { scores: scoresOf(best, sides.users, sides.items) } }, o);
      };
      return o.curriculum === "none" ? begin() : climbing(begin, at, sides);
    },
    loss: (student, sizes, o) => method.loss(student, sizes, o),
  };
}

/** A plan that begins anew whenever states have been reached. */
async function climbing(
  begin: () => Promise<FactorPlan>,
  curriculum: Curriculum,
  { student }: TrajectorySides,
): Promise<FactorPlan> {
  let plan = await begin();
  let first = true; // of a run, which may go on from states reached before
  return {
    memory: curriculum.memory,
    settled: () => curriculum.done,
    async prepare(random, epoch) {
      const ranking = () => student.top(compared, { unseen: true });
      const checked = await curriculum.step(epoch, random, ranking);
      if (checked || first) plan = await begin();
      first = false;
      await plan.prepare?.(random, epoch);
      return checked ? curriculum.event(epoch) : undefined;
    },
    feeds: (batch, random, spare) => plan.feeds(batch, random, spare),
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
