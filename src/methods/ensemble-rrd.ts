/**
 * ENSEMBLE-RRD: the order of the finished ensemble's list, above the whole rest: RRD without drawing, a rival of HetComp.
 * Kang, Hwang, Kweon, Yu, "DE-RRD", CIKM 2020, section 3.2, on the ensemble of HetComp (ensemble.ts) at the last states.
 *
 *   L = -sum_k log( exp(s_{r_k}) / ( sum_{j >= k} exp(s_{r_j}) + E ) ),   total = base + weight L
 *
 * E is the sum of exp(s) over all unseen items that are not in the list r_1..r_K, or its estimate (rest.ts). The authors of
 * HetComp found that drawing items makes RRD worse (README of their repository); what they put in its place is not in their
 * code: our reading.
 */
import * as z from "zod";
import { ensembleOptions, listLoss, listPlan } from "./ensemble-list.ts";
import { Ensemble } from "./ensemble.ts";
import { isDrawn } from "./rest.ts";
import { atMost } from "./rows.ts";
import type { TrajectoryMethod } from "./types.ts";

const options = z.strictObject(ensembleOptions);
type Options = z.output<typeof options>;

export const ensembleRrd: TrajectoryMethod<Options> = {
  name: "ensemble-rrd",
  summary: "the order of the finished ensemble's list, above the whole rest of the catalogue",
  signal: "trajectory",
  student: "scores",
  options,
  baseWeight: (o) => o.base,
  onOneThread: isDrawn,
  plan(sides, o) {
    atMost("ensemble-rrd", { k: o.k, rest: o.rest }, sides.items, "the size of the catalogue");
    const { items } = new Ensemble(sides.teacher, sides.items, o).best(sides.users, o.k);
    return Promise.resolve(listPlan(sides, items, o));
  },
  loss: listLoss,
};
