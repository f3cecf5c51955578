/**
 * ENSEMBLE-RCE-KD: RCE-KD taught by the ensemble (ensemble.ts), the finished one unless said, an item's importance in the place
 * of the teacher's score: 0 for what no teacher lists. The ensemble lists unseen items alone, so both sets are of these
 * (`unseen`): training items, of importance 0, would be pushed down. See rce-kd.ts. With a curriculum (curriculum.ts) it is the
 * ensemble of the states which have been reached, and Q^T is found anew when these change. No paper has either; ours, to
 * compare on equal terms.
 */
import * as z from "zod";
import { onEnsemble } from "./on-ensemble.ts";
import { rceKd } from "./rce-kd.ts";

export const ensembleRceKd = onEnsemble(rceKd, {
  name: "ensemble-rce-kd",
  summary: "rce-kd taught by an ensemble, importance in the place of scores",
  changed: { unseen: z.boolean().default(true) },
});
