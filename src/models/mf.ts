/**
 * MF: one vector per user, one per item, their dot product the score.
 * Rendle, Freudenthaler, Gantner, Schmidt-Thieme, "BPR: Bayesian Personalized Ranking from Implicit Feedback", UAI 2009,
 * section 4.3.1 without biases.
 *
 *   score(u, i) = U[u] . E[i]
 *
 * A user the model has not seen is served from their history: the mean of its item vectors takes the user's place.
 */
import * as z from "zod";
import { dotVectors } from "./dot.ts";
import { normal } from "./initial.ts";
import type { UserModel } from "./types.ts";

const options = z.strictObject({
  width: z.int().min(1).default(64), // D
  maxLength: z.int().min(1).default(200), // of the history of an unseen user
  deviation: z.number().positive().nullable().default(null), // of the first weights, N(0, deviation^2); null: 0.1 / sqrt(D)
});

export const mf: UserModel<z.output<typeof options>> = {
  name: "mf",
  kind: "user",
  options,
  maxLength: (o) => o.maxLength,

  parameters: ({ users, items }, { width: d, deviation }, random) => ({
    users: normal([users, d], deviation ?? 0.1 / Math.sqrt(d), random.split("users")),
    items: normal([items, d], deviation ?? 0.1 / Math.sqrt(d), random.split("items")),
  }),

  vectors: (w, _o, history, user) => dotVectors(w, history, user),
};
