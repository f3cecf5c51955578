/**
 * UNIFORM-KL: every list counts the same, at one temperature. The first control of any adaptive method.
 *
 *   L = mean_s tau^2 KL( q_tau(s) || softmax_all(f_S(s) / tau) ) + lam_h L_hard,    q_tau(j) prop. to j^(-1/tau)
 *
 * At tau = 1 this is the cross-entropy to weights 1/j, less the entropy of q, which is constant; the larger tau, the flatter q.
 *
 *   s a query's history   q the teacher's list as a distribution (rank j from 1)   f_S student scores   tau temperature
 * Differs from the paper: there is none; Hinton, Vinyals, Dean, "Distilling the Knowledge in a Neural Network", 2015, with
 * ranks in place of scores. Differs from the authors' code: nothing known.
 */
import * as z from "zod";
import { listKl } from "../losses/index.ts";
import { countOf, withoutViews } from "./list-rows.ts";
import { listInputs, listTargets } from "./list-target.ts";
import type { ListMethod } from "./types.ts";

const options = z.strictObject({
  temperature: z.number().positive().default(1), // tau, fixed; 1 makes q Zipf's law, 2 and 4 flatten it
  labels: z.number().min(0).default(1), // lam_h
  views: z.boolean().default(false), // learn from views as well: the same budget spent on plain extra lists
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
    return {
      queries: o.views ? Int32Array.from(signal.user.keys()) : withoutViews(signal),
      contrast: new Map(),
      feeds: (queries) => {
        const n = countOf(queries);
        return listTargets(
          signal,
          signal.manifest.k,
          queries,
          () => tau,
          () => (tau * tau) / n,
        );
      },
    };
  },
  loss: ({ h, items }, k) => listKl(h, items, listInputs(k)),
};
