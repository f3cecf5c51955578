/**
 * I-VAE: the network of Mult-VAE on the transposed matrix: an autoencoder of the set of users who met an item.
 * Liang et al., WWW 2018 (multvae.ts), with items and users exchanged, as the item-side autoencoder among the teachers of
 * Kang et al., "Distillation from Heterogeneous Models for Top-K Recommendation", WWW 2023, and of CCD, KDD 2024.
 *
 *   (mu_i, log sigma_i^2) = tanh(x~_i V + b_1) W_2 + b_2         x_i in {0, 1}^U, the n_i users of an item
 *   p(u | i) = softmax_u(h_i . W[u] + b[u]), h_i = tanh(mu_i W_3 + b_3)
 *   score(u, i) = log(n_i p(u | i)) - b[u]                       how many of an item's interactions are the user's
 *               = (h_i, log n_i - log sum_v exp(h_i . W[v] + b[v])) . (W[u], 1)
 *
 * W beside b is the table `users`; the left of the last line is the table `items`, made of the weights and the training
 * interactions after an epoch. A user the model has not seen is served from their history: the mean of its items' h takes
 * the place of (W[u], 1), with a 0 for the 1. Where n_i is 0 it is taken as 1/2.
 *
 * Differs from the papers: they say little of this model. Ranking by the logits h_i . W[u] + b[u] would be their plain
 * reading; the likelihood leaves these open by a number per item, for it is added to all users, and on a made-up shop they
 * ranked worse than what it fixes (docs/experiments/hetcomp.md).
 */
import {
  cast,
  concat,
  less,
  log,
  logSumExp,
  matmul,
  reshape,
  slice,
  sub,
  sum,
  where,
} from "../graph/index.ts";
import { dotVectors } from "./dot.ts";
import { zeros } from "./initial.ts";
import { encodeVae, vaeObjective, vaeOptions, vaeWeights, type VaeOptions } from "./multvae.ts";
import type { Autoencoder } from "./types.ts";

export const ivae: Autoencoder<VaeOptions> = {
  name: "ivae",
  kind: "autoencoder",
  options: vaeOptions, // `maxLength` is of the history of an unseen user: an item is read with all its users
  maxLength: (o) => o.maxLength,

  parameters({ users, items }, o, random) {
    const { decoder, ...network } = vaeWeights(users, o, random);
    return { ...network, users: decoder, items: zeros([items, o.hidden + 1]) };
  },

  encode: encodeVae,
  objective: vaeObjective,

  itemRows(w, o, rows) {
    const { vectors } = encodeVae(w, o, rows); // [B, H+1]
    const met = sum(rows.present, [1], true); // [B, 1]
    const n = where(less(met, 0.5), 0.5, met);
    const everybody = logSumExp(matmul(vectors, w.users!, { transB: true })); // [B, 1]
    return concat([slice(vectors, 1, 0, o.hidden), sub(log(n), everybody)], 1);
  },

  vectors(w, o, history, user) {
    const { users, items } = dotVectors(w, history, user); // [B, H+1]
    const known = where(less(cast(user, "float32"), 0), 0, 1); // [B]
    return { users: concat([slice(users, 1, 0, o.hidden), reshape(known, [user.shape[0]!, 1])], 1), items };
  },
};
