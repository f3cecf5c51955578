/**
 * NeuMF: a product of vectors and a small network over other vectors, added up to one score.
 * He, Liao, Zhang, Nie, Hu, Chua, "Neural Collaborative Filtering", WWW 2017, sections 3.2 to 3.4.
 *
 *   g = p_u * q_i                                                       Eq. (8), number by number
 *   z_1 = relu(W_1 (p'_u, q'_i) + b_1), z_l = relu(W_l z_(l-1) + b_l)   Eq. (10), the width halved at each layer
 *   score(u, i) = h . (g, z_L) + b                                      Eq. (12) before the logistic function
 *   loss: -log sigmoid(score) of a seen item, -log(1 - sigmoid(score)) of each of S unseen ones, mean over seen ones
 *                                                                       Eq. (7)
 *
 * A row of `users` is (p_u, p'_u), a row of `items` (q_i, q'_i); W_1 is `wu` beside `wi`, so that what it makes of users
 * and of items is computed once for each and added; h is `hg` and `hz`. S is `negatives`. A user the model has not seen is
 * served from their history: the mean of its items' rows takes the user's place, which the network was not trained for.
 *
 * Differs from the paper: no training of the two halves by themselves first (section 3.4.1), no SGD after it; weights
 * start N(0, 0.01^2) as there, layers of n inputs N(0, 2/n).
 */
import * as z from "zod";
import {
  add,
  concat,
  gather,
  matmul,
  mean,
  mul,
  product,
  relu,
  reshape,
  slice,
  softplus,
  neg,
  sum,
  type Dim,
  type Tensor,
} from "../graph/index.ts";
import { userRow } from "./dot.ts";
import { normal, zeros } from "./initial.ts";
import { withOne } from "./sparse-rows.ts";
import type { Leaves, Parameters, UserModel } from "./types.ts";

const options = z.strictObject({
  width: z.int().min(1).default(64), // D, of p, q, p' and q' each; at most 64 in the paper
  layers: z.int().min(1).max(64).default(1), // L; SeongKu-Kang/RS_Implicit_Feedback_PyTorch, 3 in the paper
  maxLength: z.int().min(1).default(200), // of the history of an unseen user
  negatives: z.int().min(1).default(4), // S, section 4.1
});
type Options = z.output<typeof options>;

/**
 * Numbers per user that scores of a piece of the catalogue are made of, and the most pieces: memory is users times
 * numbers, and a graph of many pieces takes long to compile.
 */
const pieceNumbers = 2 ** 16;
const mostPieces = 64;

export const neumf: UserModel<Options> = {
  name: "neumf",
  kind: "user",
  options,
  maxLength: (o) => o.maxLength,

  parameters({ users, items }, o, random) {
    const { width: d, layers } = o;
    const linear = (name: string, from: number, to: number, inputs = from) =>
      normal([from, to], Math.sqrt(2 / inputs), random.split(name));
    const weights: Record<string, Parameters[string]> = {
      users: normal([users, 2 * d], 0.01, random.split("users")),
      items: normal([items, 2 * d], 0.01, random.split("items")),
      wu: linear("wu", d, widthOf(o, 1), 2 * d),
      wi: linear("wi", d, widthOf(o, 1), 2 * d),
      "b.1": zeros([widthOf(o, 1)]),
      hg: linear("hg", d, 1),
      hz: linear("hz", widthOf(o, layers), 1),
      b: zeros([1]),
    };
    for (let l = 2; l <= layers; l++) {
      weights[`w.${l}`] = linear(`w.${l}`, widthOf(o, l - 1), widthOf(o, l));
      weights[`b.${l}`] = zeros([widthOf(o, l)]);
    }
    return weights;
  },

  negatives: (o) => o.negatives,

  pairLoss(w, o, user, items) {
    const { width: d } = o;
    const [n, m] = items.shape as [Dim, number];
    const u = reshape(gather(w.users!, user), [n, 1, 2 * d]); // [N, 1, 2*D]
    const i = gather(w.items!, items); // [N, 1+S, 2*D]
    const g = reshape(mul(slice(u, 2, 0, d), slice(i, 2, 0, d)), [product([n, m]), d]); // [N*(1+S), D]
    const fromUsers = add(matmul(slice(u, 2, d, 2 * d), w.wu!), w["b.1"]!); // [N, 1, H]
    const z = head(w, o, add(fromUsers, matmul(slice(i, 2, d, 2 * d), w.wi!))); // [N, 1+S]
    const s = add(add(reshape(matmul(g, w.hg!), [n, m]), z), w.b!); // [N, 1+S]
    const seen = softplus(neg(slice(s, 1, 0, 1))); // [N, 1]
    const unseen = sum(softplus(slice(s, 1, 1, m)), [1], true); // [N, 1]
    return mean(add(seen, unseen));
  },

  scores(w, o, history, user) {
    const [b, h] = [user.shape[0]!, widthOf(o, 1)];
    const { users, items, fromUsers, fromItems } = halves(w, o, history, user);
    const g = matmul(users, items, { transB: true }); // [B, I]
    const summand = reshape(fromUsers, [b, 1, h]);
    const count = Number(w.items!.shape[0]);
    const size = Math.max(1, Math.floor(pieceNumbers / h), Math.ceil(count / mostPieces));
    const pieces = Array.from({ length: Math.ceil(count / size) }, (_, p) => {
      const piece = slice(fromItems, 0, p * size, Math.min(count, (p + 1) * size)); // [C, H]
      return head(w, o, add(summand, reshape(piece, [1, piece.shape[0]!, h]))); // [B, C]
    });
    return add(add(g, concat(pieces, 1)), w.b!);
  },

  /** relu(x + y) = max(x, -y) + y, and what y adds by itself is a number of the item. */
  tables(w, o, history, user) {
    if (o.layers > 1) return null;
    const { users, items, fromUsers, fromItems } = halves(w, o, history, user);
    const alone = add(matmul(fromItems, w.hz!), w.b!); // [I, 1], beside a 1 of users
    return {
      users: concat([withOne(users), fromUsers], 1), // [B, D+1+H]
      items: concat([items, alone, neg(fromItems)], 1), // [I, D+1+H]
      maxima: reshape(w.hz!, [widthOf(o, 1)]),
    };
  },
};

/** What users and items bring to their scores: the product's factors [., D], and summands of the first layer [., H]. */
function halves(w: Leaves, o: Options, history: Tensor, user: Tensor) {
  const { width: d } = o;
  const u = userRow(w, history, user); // [B, 2*D]
  return {
    users: mul(slice(u, 1, 0, d), reshape(w.hg!, [1, d])),
    items: slice(w.items!, 1, 0, d),
    fromUsers: add(matmul(slice(u, 1, d, 2 * d), w.wu!), w["b.1"]!),
    fromItems: matmul(slice(w.items!, 1, d, 2 * d), w.wi!),
  };
}

/** Numbers in z_l: D at the first layer, then half of the layer before. */
const widthOf = ({ width }: Options, l: number) => Math.max(1, Math.ceil(width / 2 ** (l - 1)));

/** The network's part of the score, from the sum of its first layer over users and items.   x [N, M, H] -> [N, M] */
function head(w: Leaves, o: Options, x: Tensor): Tensor {
  const [n, m, h] = x.shape as [Dim, Dim, Dim];
  let z = relu(reshape(x, [product([n, m]), h])); // [N*M, H]
  for (let l = 2; l <= o.layers; l++) z = relu(add(matmul(z, w[`w.${l}`]!), w[`b.${l}`]!));
  return reshape(matmul(z, w.hz!), [n, m]);
}
