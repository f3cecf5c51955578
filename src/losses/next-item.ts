/**
 * Losses of next-item prediction: a vector per position, the item that came next.
 * h [N, D]  items: I vectors of width D  targets [N, 1] int32  ->  mean over the N positions, in nats.
 */
import {
  add,
  cast,
  chosenScores,
  less,
  logSigmoid,
  logSumExp,
  matmul,
  mean,
  mul,
  neg,
  concat,
  reshape,
  softmaxHead,
  sub,
  sum,
  where,
  type Dim,
  type Tensor,
} from "../graph/index.ts";
import type { Items } from "./items.ts";

/** Softmax cross-entropy over the whole catalogue. `c` [N, 1] is each position's weight (1/N for the mean). */
export function fullSoftmax(h: Tensor, items: Items, targets: Tensor, c: Tensor): Tensor {
  const one = add(mul(c, 0), 1); // [N, 1]
  return softmaxHead(h, items.all, { targets, q: one, beta: one, c });
}

/**
 * Softmax over the target and S negatives, drawn uniformly for each group of N/G positions in order, which together stand for M items: each
 * counts M/S times. At M = I the loss estimates the full one; M = S negatives for each position (G = N), uncorrected,
 * are what the code of HSTU draws. A negative that is a position's target does not count there.
 * @param negatives [G, S] int32 @param p N/G @param m M @param c [N, 1] each position's weight (1/N for the mean)
 */
export function sampledSoftmax(
  h: Tensor,
  items: Items,
  targets: Tensor,
  negatives: Tensor,
  p: Dim,
  m: number,
  c: Tensor,
): Tensor {
  const [n, d] = h.shape as [Dim, Dim];
  const [g, s] = negatives.shape as [Dim, number];
  const positive = rowDot(h, items.at(reshape(targets, [n]))); // [N, 1]
  const logits = // whole products where every position has its own: docs/decisions/012
    p === 1
      ? reshape(chosenScores(h, items.all, negatives), [g, 1, s])
      : matmul(reshape(h, [g, p, d]), items.at(negatives), { transB: true }); // [G, P, S]
  const gap = sub(
    reshape(cast(targets, "float32"), [g, p, 1]),
    reshape(cast(negatives, "float32"), [g, 1, s]),
  ); // [G, P, S]
  const hit = less(mul(gap, gap), 0.5);
  const others = where(hit, -1e9, add(logits, Math.log(m / s))); // [G, P, S]
  const each = sub(logSumExp(concat([positive, reshape(others, [n, s])], 1)), positive); // [N, 1]
  return sum(mul(c, each));
}

/**
 * Binary cross-entropy with k negatives per position; with t > 0 the generalised form that corrects the
 * overconfidence of negative sampling (Petrov, Macdonald, "gSASRec", RecSys 2023, Eq. (5), (9)):
 *   a = k / (I - 1), b = a (t (1 - 1/a) + 1/a), loss = -b log sigmoid(s+) - sum_k log sigmoid(-s-)
 * At t = 0, b = 1: the plain form of SASRec.
 * @param negatives [N, k] int32
 */
export function binaryCrossEntropy(
  h: Tensor,
  items: Items,
  targets: Tensor,
  negatives: Tensor,
  t: number,
): Tensor {
  const [n, d] = [h.shape[0]!, h.shape[1]!];
  const k = Number(negatives.shape[1]);
  const a = k / (items.count - 1);
  const b = a * (t * (1 - 1 / a) + 1 / a);
  const positive = rowDot(h, items.at(reshape(targets, [n]))); // [N, 1]
  const negative = sum(mul(reshape(h, [n, 1, d]), items.at(negatives)), [2]); // [N, k], N products would be slower
  const repelled = sum(logSigmoid(neg(negative)), [1], true); // [N, 1]
  return neg(mean(add(mul(logSigmoid(positive), b), repelled)));
}

/** @returns [N, 1] dot products of matching rows. */
export function rowDot(a: Tensor, b: Tensor): Tensor {
  return sum(mul(a, b), [1], true);
}
