/**
 * ENSEMBLE-RCE-KD: RCE-KD taught by the finished ensemble (ensemble.ts), an item's importance in the place of the teacher's
 * score: 0 for what no teacher lists. The ensemble lists unseen items alone, so both sets are of these (`unseen`): training items, of
 * importance 0, would be pushed down. See rce-kd.ts. No paper has it; ours, to compare on equal terms.
 */
import * as z from "zod";
import { onEnsemble } from "./on-ensemble.ts";
import { rceKd } from "./rce-kd.ts";

export const ensembleRceKd = onEnsemble(rceKd, {
  name: "ensemble-rce-kd",
  summary: "rce-kd taught by the finished ensemble, importance in the place of scores",
  changed: { unseen: z.boolean().default(true) },
});
