/**
 * Mult-VAE: a variational autoencoder of the set of a user's items, with a multinomial likelihood.
 * Liang, Krishnan, Hoffman, Jebara, "Variational Autoencoders for Collaborative Filtering", WWW 2018, section 2.
 *
 *   x~ = dropout(x / |x|)                                        x in {0, 1}^I, the items of a user
 *   (mu, log sigma^2) = tanh(x~ V + b_1) W_2 + b_2
 *   z = mu + sigma * e, e ~ N(0, 1)                              z = mu when serving
 *   score(i) = h . W[i] + b[i], h = tanh(z W_3 + b_3)
 *   loss = mean over users of -sum_i x_i log softmax_i(score) + beta KL(N(mu, sigma^2) || N(0, 1))     Eq. (5), (6)
 *   KL = 1/2 sum_d (sigma_d^2 + mu_d^2 - 1 - log sigma_d^2)
 *   beta = min(klWeight, steps so far / annealing)               section 2.2.2
 *
 * V `encoder`; b_1 `b1`, W_2 `w2`, b_2 `b2`, W_3 `w3`, b_3 `b3`; W beside b `items`.
 *
 * Differs from the paper: of a long history the newest `maxLength` items are read.
 * Differs from the authors' code: biases start at 0, theirs N(0, 0.001^2) cut at two deviations; weights start
 * N(0, 2 / (in + out)), theirs uniform with that variance; decay of weights, off in their settings, is the optimiser's.
 */
import * as z from "zod";
import { add, div, exp, matmul, mul, slice, sqrt, sub, sum, tanh, type Tensor } from "../graph/index.ts";
import type { Random } from "../random.ts";
import { biased, xavier, zeros } from "./initial.ts";
import { itemSets, productOf, withOne } from "./sparse-rows.ts";
import type { Autoencoder, Encoded, Leaves, Noise, Objective, Parameters, SparseRows } from "./types.ts";

export const vaeOptions = z.strictObject({
  width: z.int().min(1).default(200), // of z, section 4.3
  hidden: z.int().min(1).default(600), // of the layer on either side of z, section 4.3
  maxLength: z.int().min(1).default(200),
  dropout: z.number().min(0).max(0.9).default(0.5), // of x, section 4.3
  klWeight: z.number().min(0).max(1).default(0.2), // the most that beta becomes; the authors' code
  annealing: z.int().min(1).default(200_000), // steps in which beta would reach 1; the authors' code
});
export type VaeOptions = z.output<typeof vaeOptions>;

export const multvae: Autoencoder<VaeOptions> = {
  name: "multvae",
  kind: "autoencoder",
  options: vaeOptions,
  maxLength: (o) => o.maxLength,

  parameters({ items }, o, random) {
    const { decoder, ...network } = vaeWeights(items, o, random);
    return { ...network, items: decoder };
  },

  encode: encodeVae,
  objective: vaeObjective,

  vectors(w, o, history, user) {
    const sets = itemSets(history, user, Number(w.items!.shape[0]));
    return { users: encodeVae(w, o, sets).vectors, items: w.items! };
  },
};

/** @param columns of the matrix whose rows are read */
export function vaeWeights(
  columns: number,
  { width: d, hidden: h }: VaeOptions,
  random: Random,
): Record<"encoder" | "b1" | "w2" | "b2" | "w3" | "b3" | "decoder", Parameters[string]> {
  return {
    encoder: xavier([columns, h], random.split("encoder")),
    b1: zeros([h]),
    w2: xavier([h, 2 * d], random.split("w2")),
    b2: zeros([2 * d]),
    w3: xavier([d, h], random.split("w3")),
    b3: zeros([h]),
    decoder: biased(xavier([columns, h], random.split("decoder"))),
  };
}

export function vaeObjective({ klWeight, annealing }: VaeOptions): Objective {
  return { loss: "multinomial", klWeight, annealing };
}

/** Without noise z is mu. */
export function encodeVae(w: Leaves, { width: d }: VaeOptions, rows: SparseRows, noise?: Noise): Encoded {
  const norm = sqrt(add(sum(rows.present, [1], true), 1e-12)); // [B, 1], an empty row stays one
  const x = div(rows.present, norm); // [B, T]
  const inner = tanh(add(productOf(rows, noise?.dropout(x) ?? x, w.encoder!), w.b1!)); // [B, H]
  const gaussian = add(matmul(inner, w.w2!), w.b2!); // [B, 2D]
  const [mean, logVariance] = [slice(gaussian, 1, 0, d), slice(gaussian, 1, d, 2 * d)]; // [B, D] each
  const sample = noise && add(mean, mul(exp(mul(logVariance, 0.5)), noise.normal(mean.shape)));
  const h = tanh(add(matmul(sample ?? mean, w.w3!), w.b3!)); // [B, H]
  return { vectors: withOne(h), divergence: gaussianKl(mean, logVariance) };
}

/** KL(N(mean, e^logVariance) || N(0, 1)).   [B, D] -> [B, 1] */
function gaussianKl(mean: Tensor, logVariance: Tensor): Tensor {
  const twice = sub(add(exp(logVariance), mul(mean, mean)), add(logVariance, 1)); // [B, D]
  return mul(sum(twice, [1], true), 0.5);
}
