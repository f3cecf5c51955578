/** Losses on chosen items.  s [B, S] student scores, c [B, 1] weights of the rows. Each is a weighted sum over rows. */
import { add, logSoftmax, mul, neg, sum, type Tensor } from "../graph/index.ts";

/**
 * sum_b c_b sum_j -p_bj log softmax_j(s_b / tau): cross-entropy on a subset of the catalogue.
 * @param p [B, S] rows sum to 1, 0 where masked @param mask [B, S] 0, or -1e9 where an item does not take part
 */
export function subsetCrossEntropy(s: Tensor, p: Tensor, c: Tensor, tau: number, mask?: Tensor): Tensor {
  const scaled = tau === 1 ? s : mul(s, 1 / tau);
  return neg(sum(mul(c, mul(p, logSoftmax(mask === undefined ? scaled : add(scaled, mask))))));
}
