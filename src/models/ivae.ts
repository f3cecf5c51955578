/**
 * I-VAE: the network of Mult-VAE on the transposed matrix: an autoencoder of the set of users who met an item.
 * Liang et al., WWW 2018 (multvae.ts), with items and users exchanged, as the item-side autoencoder among the teachers of
 * Kang et al., "Distillation from Heterogeneous Models for Top-K Recommendation", WWW 2023, and of CCD, KDD 2024.
 *
 *   (mu_i, log sigma_i^2) = tanh(x~_i V + b_1) W_2 + b_2         x_i in {0, 1}^U, the users of an item
 *   score(u, i) = h_i . W[u] + b[u], h_i = tanh(mu_i W_3 + b_3)
 *
 * W beside b is the table `users`; h_i beside a 1 the table `items`, made of the weights and the training interactions
 * after an epoch: serving needs neither. A user the model has not seen is served from their history: the mean of its
 * items' vectors. An item that nobody met has the h that the network makes of an empty set.
 *
 * Differs from the papers: they say little of this model; the scores are the logits, as CCD's, and the layers Mult-VAE's.
 */
import { dotVectors } from "./dot.ts";
import { zeros } from "./initial.ts";
import { encodeVae, vaeObjective, vaeOptions, vaeWeights, type VaeOptions } from "./multvae.ts";
import type { Autoencoder } from "./types.ts";

export const ivae: Autoencoder<VaeOptions> = {
  name: "ivae",
  kind: "autoencoder",
  rows: "items",
  options: vaeOptions, // `maxLength` is of the history of an unseen user: an item is read with all its users
  maxLength: (o) => o.maxLength,

  parameters({ users, items }, o, random) {
    const { decoder, ...network } = vaeWeights(users, o, random);
    return { ...network, users: decoder, items: zeros([items, o.hidden + 1]) };
  },

  encode: encodeVae,
  objective: vaeObjective,
  vectors: (w, _o, history, user) => dotVectors(w, history, user),
};
