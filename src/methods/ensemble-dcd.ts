/**
 * ENSEMBLE-DCD: the student corrects where it errs from the finished ensemble (ensemble.ts): DCD without drawing, a rival of
 * HetComp. See dcd.ts for the loss: the K items that it ranks too low, in order above the K that it ranks too high.
 * The authors of HetComp found that drawing items makes DCD worse (README of their repository); what they put in its place
 * is not in their code: our reading. P is the ensemble's best `pool` items, as far as its teachers' lists reach.
 */
import * as z from "zod";
import { dcd } from "./dcd.ts";
import { onEnsemble } from "./on-ensemble.ts";

export const ensembleDcd = onEnsemble(dcd, {
  name: "ensemble-dcd",
  summary: "dcd without drawing, taught by the finished ensemble",
  changed: { sampling: z.enum(["ranks", "none"]).default("none") }, // README of HetComp
});
