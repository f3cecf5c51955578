/** Compositions that overflow or cancel when written by hand. Tested at +-100, at masks and at ties. */
import { add, detach, div, exp, log, mul, neg, softplus, sqrt, sub } from "./ops/elementwise.ts";
import { logSoftmax } from "./ops/normalise.ts";
import { max, sum } from "./ops/reduce.ts";
import type { Tensor } from "./tensor.ts";

/** log sigmoid(x) = -softplus(-x) */
export const logSigmoid = (x: Tensor): Tensor => neg(softplus(neg(x)));

/** log sum exp over the last axis, kept as size 1: m + log sum exp(x - m), m = max x, on which it does not depend. */
export function logSumExp(x: Tensor): Tensor {
  const m = detach(max(x, [-1], true));
  return add(m, log(sum(exp(sub(x, m)), [-1], true)));
}

/** KL(p || softmax(z)) per row: sum p (log p - log softmax z), with p given as logits too.   a, z [.., I] -> [..] */
export function klFromLogits(a: Tensor, z: Tensor): Tensor {
  const logP = logSoftmax(a);
  return sum(mul(exp(logP), sub(logP, logSoftmax(z))), [-1]);
}

/** x / sqrt(|x|^2 + 1e-12) along the last axis: rows of length 1; a row of zeros stays one, with a finite gradient. */
export const unit = (x: Tensor): Tensor => div(x, sqrt(add(sum(mul(x, x), [-1], true), 1e-12)));
