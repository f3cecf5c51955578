/** Rows of the matrix of who met what: as a graph is fed them, and as an autoencoder encodes them. */
import { lengthOf, row, rows, type Sequences } from "../dataset/index.ts";
import { input, type Feed } from "../graph/index.ts";
import {
  leavesOf,
  type Autoencoder,
  type ModelOptions,
  type Parameters,
  type SparseRows,
} from "../models/index.ts";
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

export interface Encoder {
  readonly model: Autoencoder;
  readonly options: ModelOptions;
  readonly weights: Parameters;
  readonly device?: Device | undefined;
}

/** Ones of the matrix that are read at once. */
const chunkOnes = { most: 12_800, least: Infinity };

/** @returns a function that writes every row's vector [rows, D] into an array, by the weights as they are at each call. */
export function encodedRows(
  { model, options, weights, device }: Encoder,
  matrix: Sequences,
  into: Float32Array,
): () => Promise<void> {
  const { vectors } = model.encode(leavesOf(weights), options, rowInputs());
  const width = Number(vectors.shape[1]);
  const all = Int32Array.from({ length: rows(matrix) }, (_, r) => r);
  const chunks = divide(all, (r) => lengthOf(matrix, r), chunkOnes);
  let program: ReturnType<typeof Program.compile<"vectors">> | undefined;
  return async () => {
    program ??= Program.compile({ vectors }, device);
    for (const chunk of chunks) {
      const found = await (await program).run({ ...weights, ...rowFeeds(matrix, chunk) });
      const data = found.vectors.data as Float32Array;
      chunk.forEach((r, b) => into.set(data.subarray(b * width, (b + 1) * width), r * width));
    }
  };
}
