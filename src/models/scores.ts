import { matmul, type Tensor } from "../graph/index.ts";
import type { ScoringVectors } from "./types.ts";

/** @returns [B, I] scores of the whole catalogue. */
export const scoresOf = ({ users, items }: ScoringVectors): Tensor => matmul(users, items, { transB: true });
