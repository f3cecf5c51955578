/** How badly rows of zeros and ones are rebuilt.  h [B, D]  c [B, 1] weights of the rows; each is a weighted sum over rows. */
import { add, div, mul, softmaxHead, softplus, sub, sum, type Tensor } from "../graph/index.ts";
import type { Items } from "./items.ts";
import { scoresOf } from "./lists.ts";

/**
 * sum_b c_b sum_t -present_bt log softmax_all(h_b items^T) at columns_bt: the multinomial likelihood of a row's ones. The
 * scores of a batch never exist at once.
 * @param columns [B, T] int32 @param present [B, T] 1, or 0 past the end of a row; one is present in each row
 */
export function multinomial(
  h: Tensor,
  items: Items,
  { columns, present }: { columns: Tensor; present: Tensor },
  c: Tensor,
): Tensor {
  const n = sum(present, [1], true); // [B, 1]
  const beta = add(mul(c, 0), 1);
  return softmaxHead(h, items.all, { targets: columns, q: div(present, n), beta, c: mul(c, n) });
}

/**
 * sum_b c_b sum_s counts_bs (softplus(s_bs) - labels_bs s_bs): the logistic loss of chosen columns.
 * @param chosen [B, S] int32 @param labels [B, S] 1 for a one, 0 for a zero @param counts [B, S] 1, or 0 past the end
 */
export function binaryReconstruction(
  h: Tensor,
  items: Items,
  { chosen, labels, counts }: { chosen: Tensor; labels: Tensor; counts: Tensor },
  c: Tensor,
): Tensor {
  const s = scoresOf(h, items, chosen); // [B, S]
  return sum(mul(c, mul(counts, sub(softplus(s), mul(labels, s)))));
}
