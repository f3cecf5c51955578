/** Every op, listed by hand: the tests iterate over this list. */
import { chosenScoresBackwardOp, chosenScoresOp } from "./chosen-scores.ts";
import * as elementwise from "./elementwise.ts";
import * as gather from "./gather.ts";
import { gruBackwardOp, gruOp } from "./gru.ts";
import { matmulOp } from "./matmul.ts";
import * as movement from "./movement.ts";
import { layerNormOp, logSoftmaxOp, softmaxOp } from "./normalise.ts";
import * as reduce from "./reduce.ts";
import { restHeadBackwardOp, restHeadOp } from "./rest-head.ts";
import { softmaxHeadOp } from "./softmax-head.ts";
import type { Op } from "../tensor.ts";

export const allOps: readonly Op[] = [
  elementwise.addOp,
  elementwise.subOp,
  elementwise.mulOp,
  elementwise.divOp,
  elementwise.lessOp,
  elementwise.whereOp,
  elementwise.castOp,
  elementwise.detachOp,
  elementwise.negOp,
  elementwise.expOp,
  elementwise.logOp,
  elementwise.sqrtOp,
  elementwise.reluOp,
  elementwise.sigmoidOp,
  elementwise.tanhOp,
  elementwise.siluOp,
  elementwise.geluOp,
  elementwise.softplusOp,
  reduce.sumOp,
  reduce.meanOp,
  reduce.maxOp,
  matmulOp,
  movement.reshapeOp,
  movement.transposeOp,
  movement.expandOp,
  movement.sliceOp,
  movement.concatOp,
  movement.iotaOp,
  gather.gatherOp,
  gather.scatterRowsOp,
  gather.gatherElementsOp,
  gather.scatterElementsOp,
  gather.topKOp,
  softmaxOp,
  logSoftmaxOp,
  layerNormOp,
  softmaxHeadOp,
  restHeadOp,
  restHeadBackwardOp,
  chosenScoresOp,
  chosenScoresBackwardOp,
  gruOp,
  gruBackwardOp,
];
