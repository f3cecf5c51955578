/** Rows of the matrix of who met what: as a graph is fed them, and the table that an item-side autoencoder makes of them. */
import { lengthOf, row, rows, type Sequences } from "../dataset/index.ts";
import { input, type Feed, type Tensor } from "../graph/index.ts";
import type { Parameters, SparseRows } from "../models/index.ts";
import { Program, type Device } from "../runtime/index.ts";
import { divide } from "./divide.ts";
import { float32, int32 } from "./feeds.ts";

export const rowInputs = (): SparseRows => ({
  index: input("row.index", ["B"], "int32"),
  columns: input("row.columns", ["B", "T"], "int32"),
  present: input("row.present", ["B", "T"]),
});

/** Past its end a row repeats its first column, so that no other is touched. */
export function rowFeeds(matrix: Sequences, chosen: Int32Array): Record<string, Feed> {
  const width = chosen.reduce((most, r) => Math.max(most, lengthOf(matrix, r)), 1);
  const shape = [chosen.length, width];
  const columns = new Int32Array(chosen.length * width);
  const present = new Float32Array(chosen.length * width);
  chosen.forEach((r, b) => {
    const ones = row(matrix, r);
    columns.fill(ones[0] ?? 0, b * width, (b + 1) * width).set(ones, b * width);
    present.fill(1, b * width, b * width + ones.length);
  });
  return {
    "row.index": int32(chosen, [chosen.length]),
    "row.columns": int32(columns, shape),
    "row.present": float32(present, shape),
  };
}

/** Numbers in memory at once, about: what is read of the columns, and scores of all columns. */
const chunkNumbers = { most: 2 ** 23, least: Infinity };

interface ItemTable {
  /** The table's rows [B, D], of the inputs {@link rowInputs}. */
  readonly made: Tensor;
  readonly weights: Parameters;
  readonly matrix: Sequences;
  readonly into: Float32Array;
  readonly device: Device | undefined;
}

/** @returns a function that writes the whole table, by the weights as they are at each call. */
export function itemTable({ made, weights, matrix, into, device }: ItemTable): () => Promise<void> {
  const width = Number(made.shape[1]);
  const columns = weights.users!.shape[0]!;
  const all = Int32Array.from({ length: rows(matrix) }, (_, r) => r);
  const chunks = divide(all, (r) => lengthOf(matrix, r) * width + columns, chunkNumbers);
  let program: ReturnType<typeof Program.compile<"made">> | undefined;
  return async () => {
    program ??= Program.compile({ made }, device);
    for (const chunk of chunks) {
      const found = await (await program).run({ ...weights, ...rowFeeds(matrix, chunk) });
      const data = found.made.data as Float32Array;
      chunk.forEach((r, b) => into.set(data.subarray(b * width, (b + 1) * width), r * width));
    }
  };
}
