/**
 * UNIFORM-KL: every list counts the same, at one temperature. The first control of any adaptive method.
 *
 *   L = mean_s w_s tau^2 KL( q_tau(s) || softmax_all(f_S(s) / tau) ) + lam_h L_hard,    q_tau(j) prop. to j^(-1/tau)
 *
 * At tau = 1 this is the cross-entropy to weights 1/j, less the entropy of q, which is constant; the larger tau, the flatter q.
 *
 *   s a query's history   q the teacher's list as a distribution (rank j from 1)   f_S student scores   tau temperature
 *   w_s = 1 for a history or a prefix, nu for a probed view; at nu = 0 no view is read
 *
 * What a view learns is the list of the whole history, as in BAHSD (9), or its own: the same budget spent on plain extra lists.
 *
 * Differs from the paper: there is none; Hinton, Vinyals, Dean, "Distilling the Knowledge in a Neural Network", 2015, with
 * ranks in place of scores. Differs from the authors' code: nothing known.
 */
import * as z from "zod";
import { listKl } from "../losses/index.ts";
import { countOf, isView, readRows, wholeOf } from "./list-rows.ts";
import { listInputs, listTargets } from "./list-target.ts";
import type { ListMethod } from "./types.ts";

const options = z.strictObject({
  temperature: z.number().positive().default(1), // tau, fixed; 1 makes q Zipf's law, 2 and 4 flatten it
  labels: z.number().min(0).default(1), // lam_h
  views: z.number().min(0).default(0), // nu
  viewLists: z.enum(["whole", "own"]).default("whole"), // what a view learns
});
type Options = z.output<typeof options>;

export const uniformKl: ListMethod<Options> = {
  name: "uniform-kl",
  summary: "every list counts the same: KL to a rank-based distribution at one temperature",
  signal: "lists",
  student: "sequence",
  options,
  labelWeight: (o) => o.labels,
  plan(signal, _train, _items, o) {
    const tau = o.temperature;
    const weight = (s: number) => (isView(signal, s) ? o.views : 1);
    const listOf = (s: number) => (o.viewLists === "whole" ? wholeOf(signal, s) : s);
    return {
      queries: readRows(signal, o.views),
      contrast: new Map(),
      feeds: (queries) => {
        const n = countOf(queries);
        return listTargets(signal, signal.manifest.k, queries, {
          listOf,
          tau: () => tau,
          c: (s) => (weight(s) * tau * tau) / n,
        });
      },
    };
  },
  loss: ({ h, items }, k) => listKl(h, items, listInputs(k)),
};
