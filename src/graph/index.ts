export * from "./tensor.ts";
export * from "./shape.ts";
export * from "./stable.ts";
export { densify, gradients, type Gradient } from "./gradient.ts";
export { emit, type StoredTensor } from "./emit.ts";
export { interpret } from "./reference.ts";
export { print } from "./print.ts";
export { allOps } from "./ops/index.ts";
export {
  add,
  sub,
  mul,
  div,
  less,
  where,
  neg,
  exp,
  log,
  sqrt,
  relu,
  sigmoid,
  tanh,
  silu,
  gelu,
  softplus,
  cast,
  detach,
} from "./ops/elementwise.ts";
export { sum, mean, max } from "./ops/reduce.ts";
export { matmul } from "./ops/matmul.ts";
export { reshape, transpose, expandTo, slice, concat, iota } from "./ops/movement.ts";
export { gather, scatterRows, gatherElements, scatterElements, topK } from "./ops/gather.ts";
export { softmax, logSoftmax, layerNorm } from "./ops/normalise.ts";
export { gru } from "./ops/gru.ts";
export { softmaxHead } from "./ops/softmax-head.ts";
export { chosenScores } from "./ops/chosen-scores.ts";
export { restHead } from "./ops/rest-head.ts";
