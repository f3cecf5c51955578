import { internal } from "../../errors.ts";
import { apply, apply1, type Dim, type Emitter, type Op, type Tensor, type Value } from "../tensor.ts";
import { chunksOf } from "./chunks.ts";
import { mul } from "./elementwise.ts";

type Chunk = { chunk: number };

/** What a closed item's score becomes: its exponential is 0. */
const far = -1e9;

/**
 * The log of the summed exponentials of a whole catalogue's scores but for some items of each row, over chunks of rows:
 * the scores [N, I] never exist at once.
 *
 *   x [N, D]  w [I, D]  closed [N, C] int32, where an item may be named twice
 *   z = x w^T, far below 0 at closed items      P = softmax(z)
 *   y_n = log sum_i exp(z_ni)      dx = dy P w      dw = (dy P)^T x: see {@link restHeadBackwardOp}
 *
 * Outputs: y [N, 1], P w [N, D]; the last serves the gradient only.
 */
export const restHeadOp: Op<Chunk> = {
  name: "RestHead",
  shapes: ([x]) => [[x!.shape[0]!, 1], x!.shape],
  gradient: ([x, w, closed], [y, pw], [dy], attributes) => [
    mul(pw!, dy!),
    apply1(restHeadBackwardOp, [x!, w!, closed!, y!, dy!], attributes),
    null,
  ],
  onnx: (e, [x, w, closed], { chunk }, { inputs }) => {
    const [d, c] = [inputs[0]!.shape[1]!, inputs[2]!.shape[1]!];
    const { split, join } = chunksOf(e, x!, chunk);
    const wt = transposed(e, w!);
    const body = e.body(
      [
        { dtype: "float32", shape: ["c", d] },
        { dtype: "int32", shape: ["c", c] },
      ],
      (b, [rows, out]) => {
        const one = (type: string, args: string[], attributes = {}) => b.node(type, args, attributes)[0]!;
        const z = openScores(b, rows!, wt, out!); //                                  [c, I]
        const p = one("Softmax", [z], { axis: -1 });
        const most = (name: string) => one("ReduceMax", [name, b.int64([-1])]); //      [c, 1]
        const y = one("Sub", [most(z), one("Log", [most(p)])]); // the largest p is exp(max z - y)
        return [y, one("Gemm", [p, wt], { transB: 1 })];
      },
    );
    const parts = [split(x!, d), split(closed!, c)];
    const [y, pw] = e.node("Scan", parts, { body: { graph: body }, num_scan_inputs: 2 }, 2);
    return [join(y!, 1), join(pw!, d)];
  },
  reference: ([x, w, closed]) => {
    const d = w!.shape[1]!;
    const y = new Float64Array(x!.shape[0]!);
    const pw = new Float64Array(x!.data.length);
    y.forEach((_, n) => {
      const z = openReference(x!, w!, closed!, n);
      const top = z.reduce((a, b) => Math.max(a, b));
      y[n] = top + Math.log(z.reduce((sum, v) => sum + Math.exp(v - top), 0));
      z.forEach((v, i) => {
        for (let j = 0; j < d; j++) pw[n * d + j]! += Math.exp(v - y[n]!) * w!.data[i * d + j]!;
      });
    });
    return [
      { shape: [y.length, 1], data: y },
      { shape: x!.shape, data: pw },
    ];
  },
  samples: [
    {
      inputs: [{ shape: [5, 3] }, { shape: [7, 3] }, { shape: [5, 2], integers: 7 }],
      attributes: { chunk: 2 },
    },
    {
      inputs: [{ shape: [4, 3], range: [-40, 40] }, { shape: [6, 3] }, { shape: [4, 1], integers: 6 }],
      attributes: { chunk: 64 },
    },
  ],
};

/** dw [I, D] of {@link restHeadOp}, with P = exp(z - y) made again.   y, dy [N, 1] */
export const restHeadBackwardOp: Op<Chunk> = {
  name: "RestHeadBackward",
  shapes: ([_x, w]) => [w!.shape],
  gradient: () => {
    throw internal("RestHeadBackward: has no gradient");
  },
  onnx: (e, [x, w, closed, y, dy], { chunk }, { inputs }) => {
    const [d, items, c] = [inputs[0]!.shape[1]!, inputs[1]!.shape[0]!, inputs[2]!.shape[1]!];
    const one = (type: string, args: string[], attributes = {}) => e.node(type, args, attributes)[0]!;
    const { split } = chunksOf(e, x!, chunk);
    const filled = (value: number, rows: Dim) =>
      one("Expand", [e.float([value], []), e.shape([rows, items])]);
    const wide = one("Concat", [transposed(e, w!), filled(-1, 1)], { axis: 0 }); // a row more: x w^T - y in one product
    const body = e.body(
      [
        { dtype: "float32", shape: [d, items] },
        { dtype: "float32", shape: ["c", d] },
        { dtype: "int32", shape: ["c", c] },
        { dtype: "float32", shape: ["c", 1] },
        { dtype: "float32", shape: ["c", 1] },
      ],
      (b, [dw, rows, out, yc, dyc]) => {
        const [left] = b.node("Concat", [rows!, yc!], { axis: 1 });
        const [p] = b.node("Exp", [openScores(b, left!, wide, out!)]); // [c, I]
        const [scaled] = b.node("Mul", [rows!, dyc!]);
        return b.node("Gemm", [scaled!, p!, dw!], { transA: 1 }); //       [D, I], far faster than [I, D]
      },
    );
    const parts = [split(x!, d), split(closed!, c), split(y!, 1), split(dy!, 1)];
    const [dw] = e.node("Scan", [filled(0, d), ...parts], { body: { graph: body }, num_scan_inputs: 4 });
    return [transposed(e, dw!)];
  },
  reference: ([x, w, closed, y, dy]) => {
    const d = w!.shape[1]!;
    const dw = new Float64Array(w!.data.length);
    for (let n = 0; n < x!.shape[0]!; n++)
      openReference(x!, w!, closed!, n).forEach((v, i) => {
        const share = dy!.data[n]! * Math.exp(v - y!.data[n]!);
        for (let j = 0; j < d; j++) dw[i * d + j]! += share * x!.data[n * d + j]!;
      });
    return [{ shape: w!.shape, data: dw }];
  },
  samples: [
    {
      inputs: [
        { shape: [5, 3] },
        { shape: [7, 3] },
        { shape: [5, 2], integers: 7 },
        { shape: [5, 1], range: [2, 3] },
        { shape: [5, 1] },
      ],
      attributes: { chunk: 2 },
    },
  ],
};

const transposed = (e: Emitter, x: string): string => e.node("Transpose", [x], { perm: [1, 0] })[0]!;

/** [c, I] the scores of a chunk of rows, closed items far below.   wt [D, I] */
function openScores(e: Emitter, x: string, wt: string, closed: string): string {
  const one = (type: string, args: string[], attributes = {}) => e.node(type, args, attributes)[0]!;
  const scores = one("MatMul", [x, wt]);
  const low = one("Expand", [e.float([far], []), one("Shape", [closed])]);
  return one("ScatterElements", [scores, closed, low], { axis: -1 });
}

/** [I] the scores of row n. */
function openReference(x: Value, w: Value, closed: Value, n: number): Float64Array {
  const [items, d, c] = [w.shape[0]!, w.shape[1]!, closed.shape[1]!];
  const z = Float64Array.from({ length: items }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += x.data[n * d + j]! * w.data[i * d + j]!;
    return sum;
  });
  for (const item of closed.data.subarray(n * c, (n + 1) * c)) z[item] = far;
  return z;
}

/** Rows whose scores stay in the cache of one core, 2 MiB: a chunk is gone through several times. */
const chunkOf = (items: number) => Math.max(8, Math.round(2 ** 19 / items));

/** @returns y [N, 1] of {@link restHeadOp}; `chunk` rows are processed at once. */
export const restHead = (x: Tensor, w: Tensor, closed: Tensor, chunk = chunkOf(Number(w.shape[0]))): Tensor =>
  apply(restHeadOp, [x, w, closed], { chunk })[0]!;
