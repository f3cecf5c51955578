/**
 * Losses against a teacher's ordered list.  h [Q, D] student vectors  items: I vectors of width D  c [Q, 1] weights of the queries.
 * Every one is a weighted sum over queries; the caller's weights make it a mean.
 */
import {
  add,
  concat,
  div,
  logSumExp,
  matmul,
  mul,
  relu,
  reshape,
  softmaxHead,
  softplus,
  sub,
  sum,
  unit,
  type Tensor,
} from "../graph/index.ts";
import type { Items } from "./items.ts";
import { rowDot } from "./next-item.ts";

/**
 * sum_n c_n KL(q_n || softmax_all(h_n items^T / tau_n)): teacher mass on the listed items, student softmax over the
 * whole catalogue, so that unlisted items are pushed down too.
 * @param lists [Q, K] int32 @param q [Q, K] rows sum to 1 @param beta [Q, 1] = 1/tau @param entropy [Q, 1] of q
 */
export function listKl(
  h: Tensor,
  items: Items,
  { lists, q, beta, entropy, c }: { lists: Tensor; q: Tensor; beta: Tensor; entropy: Tensor; c: Tensor },
): Tensor {
  return sub(softmaxHead(h, items.all, { targets: lists, q, beta, c }), sum(mul(c, entropy)));
}

/** sum_n c_n sum_p w_np softplus(s(loser) - s(winner))   winners, losers [Q, P] int32  w [Q, P] */
export function pairwiseOrder(
  h: Tensor,
  items: Items,
  { winners, losers, w, c }: { winners: Tensor; losers: Tensor; w: Tensor; c: Tensor },
): Tensor {
  const margin = sub(scoresOf(h, items, losers), scoresOf(h, items, winners)); // [Q, P]
  return sum(mul(c, mul(w, softplus(margin))));
}

/** sum_n c_n sum_p w_np max(0, s(negative) - s(listed) + m)   listed, negatives [Q, P] int32  w [Q, P] */
export function marginOverNegatives(
  h: Tensor,
  items: Items,
  { listed, negatives, w, c }: { listed: Tensor; negatives: Tensor; w: Tensor; c: Tensor },
  m: number,
): Tensor {
  return hinge(scoresOf(h, items, listed), scoresOf(h, items, negatives), { w, c }, m);
}

/** sum_n c_n sum_p w_np max(0, below_np - above_np + m)   above, below [Q, P] scores  w [Q, P] */
export function hinge(above: Tensor, below: Tensor, { w, c }: { w: Tensor; c: Tensor }, m: number): Tensor {
  return sum(mul(c, mul(w, relu(add(sub(below, above), m))))); // [Q, P] inside
}

/** sum_n c_n -log( exp(cos(a_n, b_n)/t) / sum_m exp(cos(a_n, b_m)/t) )   a, b [V, D] */
export function infoNce(a: Tensor, b: Tensor, c: Tensor, t: number): Tensor {
  const [na, nb] = [unit(a), unit(b)];
  return toldApart(na, nb, logSumExp(products(na, nb, t)), c, t);
}

/**
 * InfoNCE of vectors as they are against all others of both kinds: sum_n c_n -log( exp(a_n . b_n / t) / sum exp(a_n . x / t) )
 * over x every row of b, and every row of a but a_n.   a, b [V, D]  self [V, V] 0, and far below on the diagonal
 */
export function contrastOfAll(
  a: Tensor,
  b: Tensor,
  { c, self }: { c: Tensor; self: Tensor },
  t: number,
): Tensor {
  const [other, same] = [products(a, b, t), add(products(a, a, t), self)].map(logSumExp); // [V, 1]
  return toldApart(a, b, logSumExp(concat([other!, same!], 1)), c, t);
}

/** @returns [V, V] dot products over t. */
const products = (a: Tensor, b: Tensor, t: number) => matmul(a, b, { transB: true, alpha: 1 / t });

/** @param all [V, 1] log of the sum over what each row is told apart from, its partner included */
const toldApart = (a: Tensor, b: Tensor, all: Tensor, c: Tensor, t: number) =>
  sum(mul(c, sub(all, div(rowDot(a, b), t)))); // [V, 1] inside

/** @returns [Q, P] the student's scores of chosen items [Q, P]. */
export function scoresOf(h: Tensor, items: Items, chosen: Tensor): Tensor {
  const [q, p, d] = [h.shape[0]!, chosen.shape[1]!, h.shape[1]!];
  return reshape(matmul(reshape(h, [q, 1, d]), items.at(chosen), { transB: true }), [q, p]);
}
