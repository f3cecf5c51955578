import { logSigmoid, mean, neg, sub, type Tensor } from "../graph/index.ts";

/**
 * Bayesian personalised ranking: -log sigmoid(s+ - s-), mean over pairs.
 * Rendle et al., UAI 2009, Eq. (BPR-OPT) without the prior.
 * @param positive [N, 1] @param negative [N, 1]
 */
export const bpr = (positive: Tensor, negative: Tensor): Tensor =>
  neg(mean(logSigmoid(sub(positive, negative))));
