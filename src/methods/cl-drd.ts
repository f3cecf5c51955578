/**
 * CL-DRD: a curriculum inside of one list, from coarse groups to a full order: a rival of HetComp whose teacher stays the same.
 * Zeng, Zamani, Vinay, "Curriculum Learning for Dense Retrieval Distillation", SIGIR 2022, on HetComp's ensemble at the last
 * states.
 *
 *   The K best items r_1..r_K are cut into groups of K^(1 - n / (stages - 1)) items at stage n = 0, 1, ..: all in one, at last
 *   each for itself. Later(k) are the items of the groups after that of r_k, E the sum of exp(s) over the whole rest.
 *
 *   L = -sum_k log( exp(s_{r_k}) / ( exp(s_{r_k}) + sum_{j in Later(k)} exp(s_{r_j}) + E ) ),   total = base + weight L
 *
 * Every stage takes `pace` epochs; validations without improvement count from the last. Its last loss is that of ensemble-rrd.
 *
 * Our reading: neither the formula of the paper nor how it was made to recommend is in what we have.
 */
import * as z from "zod";
import { input, mul } from "../graph/index.ts";
import { groupMle } from "../losses/index.ts";
import { ensembleOptions, listAndRest, listPlan } from "./ensemble-list.ts";
import { Ensemble } from "./ensemble.ts";
import { isDrawn } from "./rest.ts";
import { atMost, feed, lengthOfList } from "./rows.ts";
import type { TrajectoryMethod } from "./types.ts";

const options = z.strictObject({
  ...ensembleOptions,
  stages: z.int().min(2).default(4), // ours: as many as HetComp has states
  pace: z.int().min(1).default(30), // epochs; ours, as in hetcomp
});
type Options = z.output<typeof options>;

export const clDrd: TrajectoryMethod<Options> = {
  name: "cl-drd",
  summary: "the finished ensemble's list above the whole rest, in groups that become smaller",
  signal: "trajectory",
  student: "scores",
  options,
  baseWeight: (o) => o.base,
  onOneThread: isDrawn,
  plan(sides, o) {
    atMost("cl-drd", { k: o.k, rest: o.rest }, sides.items, "the size of the catalogue");
    const { items } = new Ensemble(sides.teacher, sides.items, o).best(sides.users, o.k);
    const lists = listPlan(sides, items, o);
    let stage = 0;
    return Promise.resolve({
      prepare(random, epoch) {
        stage = Math.min(o.stages - 1, Math.floor(epoch / o.pace));
        return lists.prepare(random, epoch);
      },
      settled: () => stage === o.stages - 1,
      feeds(batch, random, spare) {
        const end = new Int32Array(batch.users.length * o.k);
        batch.users.forEach((u, b) => {
          const length = lengthOfList(items.subarray(u * o.k, (u + 1) * o.k));
          end.set(groupEnds(o.k, length, groupSize(o, stage)), b * o.k);
        });
        return { ...lists.feeds(batch, random, spare), "list.end": feed(end, batch.users.length, o.k) };
      },
    });
  },
  loss(student, sizes, o) {
    const { s, logE, c, keep } = listAndRest(student, sizes, o);
    return mul(groupMle(s, logE, c, keep, input("list.end", ["B", o.k], "int32")), o.weight);
  },
};

/** Items of a group: K at the first stage, 1 at the last, by a constant factor between. */
export const groupSize = ({ k, stages }: Pick<Options, "k" | "stages">, stage: number): number =>
  Math.round(k ** (1 - stage / (stages - 1)));

/** [K] where the group of each place of a list ends; K at the end of the list. */
export function groupEnds(k: number, length: number, size: number): Int32Array {
  const end = (place: number) => (Math.floor(place / size) + 1) * size;
  return Int32Array.from({ length: k }, (_, place) => (end(place) < length ? end(place) : k));
}
