import {
  add,
  cast,
  constant,
  div,
  less,
  mul,
  neg,
  relu,
  reshape,
  sigmoid,
  softplus,
  sub,
  sum,
  where,
  type Tensor,
} from "../graph/index.ts";

/**
 * sum_b c_b sum_j w_bj -log sigmoid(s_bj),   w_bj prop. to exp(-j / lambda) and, where `hybrid` is 1, to
 * max(0, tanh(mu (rank^_bj - j))), rank^_bj = floor((I - 1) share of the drawn items above s_bj) + 1; w_b sums to 1.
 * Ranking distillation; Tang, Wang, KDD 2018, section 3. j counts from 0.
 * @param s [B, K] scores of the teacher's list in its order @param drawn [B, N] scores of uniform items
 * @param keep [B, K] 1, or 0 where a list is shorter @param hybrid a scalar, 0 or 1 @param c [B, 1] weights of the rows
 * @param items I, the size of the catalogue
 */
export function rankingDistillation(
  s: Tensor,
  drawn: Tensor,
  { keep, hybrid, c }: { keep: Tensor; hybrid: Tensor; c: Tensor },
  { items, lambda, mu }: { items: number; lambda: number; mu: number },
): Tensor {
  const k = Number(s.shape[1]);
  const place = Array.from({ length: k }, (_, j) => j);
  const fixed = constant(place.map((j) => Math.exp(-j / lambda)), [1, k]); // prettier-ignore
  const behind = sub(estimatedRank(s, drawn, items), constant(place, [1, k])); // [B, K]
  // tanh(x) = 2 sigmoid(2x) - 1
  const urgency = relu(add(mul(sigmoid(mul(behind, 2 * mu)), 2), -1));
  const factor = add(mul(hybrid, urgency), sub(1, hybrid));
  const raw = mul(mul(fixed, factor), keep); // [B, K]
  const w = div(raw, add(sum(raw, [1], true), 1e-12));
  return sum(mul(c, mul(w, softplus(neg(s)))));
}

/** [B, K] a cast to whole numbers is the floor; no gradient runs through it. */
function estimatedRank(s: Tensor, drawn: Tensor, items: number): Tensor {
  const [b, k, n] = [s.shape[0]!, s.shape[1]!, Number(drawn.shape[1])];
  const above = less(reshape(s, [b, k, 1]), reshape(drawn, [b, 1, n])); // [B, K, N]
  const count = sum(where(above, 1, 0), [2]); // [B, K]
  return add(cast(cast(mul(count, (items - 1) / n), "int32"), "float32"), 1);
}
