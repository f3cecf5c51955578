export { itemsOf, type Items } from "./items.ts";
export { binaryCrossEntropy, fullSoftmax, rowDot, sampledSoftmax } from "./next-item.ts";
export { infoNce, listKl, marginOverNegatives, pairwiseOrder } from "./lists.ts";
export { bpr } from "./bpr.ts";
export { listMle } from "./list-mle.ts";
export { subsetCrossEntropy } from "./subset.ts";
