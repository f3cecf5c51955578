/** What losses of a sequence model compare: h . items^T are its scores divided by its temperature. */
import { gather, mul, type Tensor } from "../graph/index.ts";
import { itemsOf, type Items } from "../losses/index.ts";
import type { ModelOptions, SequenceModel } from "../models/index.ts";

export interface Logits {
  readonly items: Items;
  /** @param rows [N] int32, tokens @returns [N, D], their h */
  at(rows: Tensor): Tensor;
}

/** @param hidden [R*T, D] as encoded @param table [I, D] */
export function logitsOf(model: SequenceModel, options: ModelOptions, hidden: Tensor, table: Tensor): Logits {
  const temperature = model.temperature?.(options) ?? 1;
  return {
    items: itemsOf(table, (rows) => model.itemVectors?.(rows, options) ?? rows),
    at(rows) {
      const h = gather(hidden, rows); // [N, D]
      return temperature === 1 ? h : mul(h, 1 / temperature);
    },
  };
}
