export { binaryCrossEntropy, fullSoftmax, rowDot, sampledSoftmax } from "./next-item.ts";
export { bpr } from "./bpr.ts";
