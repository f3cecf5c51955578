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
import { add, cast, div, gather, less, mul, reshape, sum, where, type Dim } from "../graph/index.ts";
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

  userVectors: (w, _o, user) => gather(w.users!, user),

  vectors(w, { width: d }, history, user) {
    const b = user.shape[0]!;
    const ids = cast(history, "float32"); // [B, T]
    const absent = less(ids, 0);
    const present = where(absent, 0, 1);
    const vectors = gather(w.items!, cast(where(absent, 0, ids), "int32")); // [B, T, D]
    const count = add(sum(present, [1], true), 1e-6); // [B, 1]
    const folded = div(sum(mul(vectors, reshape(present, [...history.shape, 1])), [1]), count); // [B, D]
    const index = cast(user, "float32"); // [B]
    const unknown = less(index, 0);
    const known = gather(w.users!, cast(where(unknown, 0, index), "int32")); // [B, D]
    const vector = where(reshape(unknown, [b, 1] as readonly Dim[]), folded, known);
    return { users: reshape(vector, [b, d]), items: w.items! };
  },
};
