import { internal } from "../../errors.ts";
import { apply, apply1, type Dim, type Op, type Tensor } from "../tensor.ts";
import { chunksOf, headChunk } from "./chunks.ts";

type Chunk = { chunk: number };

/**
 * Scores of items chosen for each row, by products with the whole catalogue: where hundreds are chosen anew for every
 * row, gathering their vectors takes longer than all scores do. Chunks of rows: the scores [N, I] never exist at once.
 *
 *   x [N, D]  w [I, D]  chosen [N, S] int32, where an item may be named twice
 *   y_ns = x_n . w_i, i = chosen_ns      for its gradient see {@link chosenScoresBackwardOp}
 */
export const chosenScoresOp: Op<Chunk> = {
  name: "ChosenScores",
  shapes: ([_x, _w, chosen]) => [chosen!.shape],
  gradient: ([x, w, chosen], _y, [dy], attributes) => [
    ...apply(chosenScoresBackwardOp, [x!, w!, chosen!, dy!], attributes),
    null,
  ],
  onnx: (e, [x, w, chosen], { chunk }, { inputs }) => {
    const [d, s] = [inputs[0]!.shape[1]!, inputs[2]!.shape[1]!];
    const { split, join } = chunksOf(e, x!, chunk);
    const body = e.body(
      [
        { dtype: "float32", shape: ["c", d] },
        { dtype: "int32", shape: ["c", s] },
      ],
      (b, [rows, items]) => {
        const [all] = b.node("Gemm", [rows!, w!], { transB: 1 }); // [c, I]
        return b.node("GatherElements", [all!, items!], { axis: -1 });
      },
    );
    const parts = [split(x!, d), split(chosen!, s)];
    const [y] = e.node("Scan", parts, { body: { graph: body }, num_scan_inputs: 2 });
    return [join(y!, s)];
  },
  reference: ([x, w, chosen]) => {
    const [d, s] = [x!.shape[1]!, chosen!.shape[1]!];
    const data = Float64Array.from(chosen!.data, (i, at) => {
      const row = x!.data.subarray(Math.floor(at / s) * d);
      return w!.data.subarray(i * d, (i + 1) * d).reduce((sum, v, j) => sum + v * row[j]!, 0);
    });
    return [{ shape: chosen!.shape, data }];
  },
  samples: [
    {
      inputs: [{ shape: [5, 3] }, { shape: [7, 3] }, { shape: [5, 4], integers: 7 }],
      attributes: { chunk: 2 },
    },
    {
      inputs: [{ shape: [3, 2] }, { shape: [4, 2] }, { shape: [3, 1], integers: 4 }],
      attributes: { chunk: 64 },
    },
  ],
};

/** With G [N, I], dy [N, S] added up at chosen: dx = G w [N, D], dw = G^T x [I, D]. */
export const chosenScoresBackwardOp: Op<Chunk> = {
  name: "ChosenScoresBackward",
  shapes: ([x, w]) => [x!.shape, w!.shape],
  gradient: () => {
    throw internal("ChosenScoresBackward: has no gradient");
  },
  onnx: (e, [x, w, chosen, dy], { chunk }, { inputs }) => {
    const [d, items, s] = [inputs[0]!.shape[1]!, inputs[1]!.shape[0]!, inputs[2]!.shape[1]!];
    const one = (type: string, args: string[], attributes = {}) => e.node(type, args, attributes)[0]!;
    const { split, join } = chunksOf(e, x!, chunk);
    const zeros = (rows: Dim) => one("Expand", [e.float([0], []), e.shape([rows, items])]);
    const body = e.body(
      [
        { dtype: "float32", shape: [d, items] },
        { dtype: "float32", shape: ["c", d] },
        { dtype: "int32", shape: ["c", s] },
        { dtype: "float32", shape: ["c", s] },
      ],
      (b, [dw, rows, at, values]) => {
        const [c] = b.node("Shape", [rows!], { end: 1 });
        const [size] = b.node("Concat", [c!, b.int64([Number(items)])], { axis: 0 });
        const [none] = b.node("Expand", [b.float([0], []), size!]);
        const [g] = b.node("ScatterElements", [none!, at!, values!], { axis: -1, reduction: "add" }); // [c, I]
        const [next] = b.node("Gemm", [rows!, g!, dw!], { transA: 1 }); // [D, I]
        return [next!, ...b.node("MatMul", [g!, w!])];
      },
    );
    const parts = [split(x!, d), split(chosen!, s), split(dy!, s)];
    const [dw, dx] = e.node("Scan", [zeros(d), ...parts], { body: { graph: body }, num_scan_inputs: 3 }, 2);
    return [join(dx!, d), one("Transpose", [dw!], { perm: [1, 0] })];
  },
  reference: ([x, w, chosen, dy]) => {
    const [d, s] = [x!.shape[1]!, chosen!.shape[1]!];
    const [dx, dw] = [new Float64Array(x!.data.length), new Float64Array(w!.data.length)];
    chosen!.data.forEach((i, at) => {
      const row = Math.floor(at / s) * d;
      for (let j = 0; j < d; j++) {
        dx[row + j]! += dy!.data[at]! * w!.data[i * d + j]!;
        dw[i * d + j]! += dy!.data[at]! * x!.data[row + j]!;
      }
    });
    return [
      { shape: x!.shape, data: dx },
      { shape: w!.shape, data: dw },
    ];
  },
  samples: [
    {
      inputs: [{ shape: [5, 3] }, { shape: [7, 3] }, { shape: [5, 4], integers: 7 }, { shape: [5, 4] }],
      attributes: { chunk: 2 },
    },
  ],
};

/** @returns y [N, S] of {@link chosenScoresOp}; `chunk` rows are processed at once. */
export const chosenScores = (
  x: Tensor,
  w: Tensor,
  chosen: Tensor,
  chunk = headChunk(Number(w.shape[0])),
): Tensor => apply1(chosenScoresOp, [x, w, chosen], { chunk });
