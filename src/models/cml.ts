/**
 * CML: users and items as points, nearer for who likes what.
 * Hsieh, Yang, Cui, Lin, Belongie, Estrin, "Collaborative Metric Learning", WWW 2017, sections 3.1 and 3.4.
 *
 *   d(u, i) = |U[u] - E[i]|
 *   loss: [m + d(u, i)^2 - d(u, k)^2]_+, mean over pairs of a seen i and unseen k     Eq. (1) with w_ui = 1
 *   |U[u]| <= 1, |E[i]| <= 1, after every step                                        section 3.4
 *   score(u, i) = U[u] . E[i] - |E[i]|^2 / 2
 *
 * m is `margin`. The score ranks a user's items as -d^2 does, which is 2 score - |U[u]|^2, and is the dot product of
 * (U[u], 1) with (E[i], -|E[i]|^2 / 2). A user the model has not seen stands at the mean of the history's items.
 *
 * Differs from the paper: no weight by the estimated rank (WARP), no loss of features and no penalty of covariance
 * (sections 3.2, 3.3, 3.5); weights start N(0, 1/D).
 */
import * as z from "zod";
import { add, concat, gather, mul, mean, relu, reshape, slice, sub, sum, type Dim } from "../graph/index.ts";
import { userRow } from "./dot.ts";
import { normal } from "./initial.ts";
import type { UserModel } from "./types.ts";

const options = z.strictObject({
  width: z.int().min(1).default(64), // D
  maxLength: z.int().min(1).default(200), // of the history of an unseen user
  margin: z.number().positive().default(1), // m; SeongKu-Kang/RS_Implicit_Feedback_PyTorch, as the next
  negatives: z.int().min(1).default(1), // unseen items beside each seen one; 20 in changun/CollMetric
});

export const cml: UserModel<z.output<typeof options>> = {
  name: "cml",
  kind: "user",
  options,
  maxLength: (o) => o.maxLength,

  parameters: ({ users, items }, { width: d }, random) => ({
    users: normal([users, d], 1 / Math.sqrt(d), random.split("users")),
    items: normal([items, d], 1 / Math.sqrt(d), random.split("items")),
  }),

  ball: ["users", "items"],
  negatives: (o) => o.negatives,

  pairLoss(w, { margin }, user, items) {
    const [n, m] = items.shape as [Dim, number];
    const u = reshape(gather(w.users!, user), [n, 1, w.users!.shape[1]!]); // [N, 1, D]
    const apart = sub(u, gather(w.items!, items)); // [N, 1+S, D]
    const squared = sum(mul(apart, apart), [2]); // [N, 1+S]
    return mean(relu(add(sub(slice(squared, 1, 0, 1), slice(squared, 1, 1, m)), margin)));
  },

  vectors(w, _o, history, user) {
    const u = userRow(w, history, user); // [B, D]
    const one = add(mul(sum(u, [1], true), 0), 1); // [B, 1]
    const squared = sum(mul(w.items!, w.items!), [1], true); // [I, 1]
    return { users: concat([u, one], 1), items: concat([w.items!, mul(squared, -0.5)], 1) };
  },
};
