import { gather, type Tensor } from "../graph/index.ts";

/** What scores are dot products with: the whole catalogue, or some items without touching the others. */
export interface Items {
  readonly count: number; // I
  readonly all: Tensor; // [I, D]
  /** @param indices [..] int32 @returns [.., D], whose gradient touches the named rows of the table only */
  at(indices: Tensor): Tensor;
}

/** @param vectors what a model makes of each row of its table [I, D] before it enters a score */
export function itemsOf(table: Tensor, vectors: (rows: Tensor) => Tensor = (rows) => rows): Items {
  return {
    count: Number(table.shape[0]),
    all: vectors(table), // an expression: costs nothing where it is not used
    at: (indices) => vectors(gather(table, indices)),
  };
}
