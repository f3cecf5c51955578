/**
 * MTD: an average of the finished teachers, the better ones counting more, and the order of its list above the whole rest.
 *
 *   G(u, i) = sum_x w_x M_x(u, i)   w_x prop. to teacher x's recall among its first K items on validation, 1 on average
 *   the loss of ensemble-rrd on the K best items of G
 *
 * Multi-teacher distillation is a rival of HetComp (WWW 2023) by name only: its formula is in no code that we know, this is
 * our reading. weights "uniform" is ensemble-rrd.
 */
import * as z from "zod";
import { row } from "../dataset/index.ts";
import { ensembleOptions, listLoss, listPlan } from "./ensemble-list.ts";
import { Ensemble } from "./ensemble.ts";
import { isDrawn } from "./rest.ts";
import { atMost } from "./rows.ts";
import type { TrajectoryMethod, TrajectorySides } from "./types.ts";

const options = z.strictObject({
  ...ensembleOptions,
  weights: z.enum(["validation", "uniform"]).default("validation"), // ours
});
type Options = z.output<typeof options>;

export const mtd: TrajectoryMethod<Options> = {
  name: "mtd",
  summary: "the order of a list of the finished teachers, weighted by their accuracy, above the whole rest",
  signal: "trajectory",
  student: "scores",
  options,
  baseWeight: (o) => o.base,
  onOneThread: isDrawn,
  plan(sides, o) {
    atMost("mtd", { k: o.k, rest: o.rest }, sides.items, "the size of the catalogue");
    const weights = o.weights === "validation" ? shares(recalls(sides, o.k)) : undefined;
    const ensemble = new Ensemble(sides.teacher, sides.items, { ...o, weights });
    return Promise.resolve(listPlan(sides, ensemble.best(sides.users, o.k).items, o));
  },
  loss: listLoss,
};

/** @returns by teacher the mean share of a user's validation items that are among the first k of its last list. */
export function recalls({ teacher, valid, users }: TrajectorySides, k: number): number[] {
  const { k: width } = teacher.manifest;
  return teacher.states.map((states) => {
    let [sum, size] = [0, 0];
    for (let u = 0; u < users; u++) {
      const wanted = new Set(row(valid, u));
      if (wanted.size === 0) continue;
      const list = states.at(-1)!.lists.subarray(u * width, u * width + Math.min(k, width));
      sum += list.reduce((hits, item) => hits + Number(wanted.has(item)), 0) / wanted.size;
      size++;
    }
    return size === 0 ? 0 : sum / size;
  });
}

/** @returns the numbers in proportion, 1 on average; all 1 where all are 0. */
function shares(numbers: readonly number[]): number[] {
  const total = numbers.reduce((sum, n) => sum + n, 0);
  return numbers.map((n) => (total === 0 ? 1 : (n * numbers.length) / total));
}
