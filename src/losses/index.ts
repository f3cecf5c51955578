export { itemsOf, type Items } from "./items.ts";
export { binaryCrossEntropy, fullSoftmax, rowDot, sampledSoftmax } from "./next-item.ts";
export {
  contrastOfAll,
  hinge,
  infoNce,
  listKl,
  marginOverNegatives,
  pairwiseOrder,
  scoresOf,
} from "./lists.ts";
export { bpr } from "./bpr.ts";
export { groupMle, listMle } from "./list-mle.ts";
export { rankingDistillation } from "./ranking-distillation.ts";
export { subsetCrossEntropy } from "./subset.ts";
export { binaryReconstruction, multinomial } from "./reconstruction.ts";
