import { apply, type Emitter, type Op, type Shape, type Tensor } from "../tensor.ts";
import { chunksOf, headChunk } from "./chunks.ts";
import { mul } from "./elementwise.ts";

type Chunk = { chunk: number };

/**
 * Cross-entropy against the softmax over a whole catalogue, with its gradients, in one pass over chunks of rows: the
 * logits [N, I] never exist at once.
 *
 *   x [N, D]  w [I, D]  targets [N, K] int32  q [N, K]  beta [N, 1]  c [N, 1]
 *   P = softmax(beta x w^T)          Q = q scattered at targets; each row of q sums to 1
 *   loss = sum_n c_n sum_k -q_nk log P(n, targets_nk)
 *   dx = c beta (P - Q) w            dw = (P - Q)^T (c beta x)
 *
 * beta is the inverse temperature of a row, c its weight (0 for rows that do not count).
 * Outputs: loss [], dx [N, D], dw [I, D]; the last two serve the gradient only. Targets, q, beta, c get none.
 */
export const softmaxHeadOp: Op<Chunk> = {
  name: "SoftmaxHead",
  shapes: ([x, w]) => [[], x!.shape, w!.shape],
  gradient: (_inputs, [, dx, dw], [dy]) => [mul(dx!, dy!), mul(dw!, dy!), null, null, null, null],
  onnx: (e, names, { chunk }, node) => emitHead(e, names, chunk, node.inputs),
  reference: ([x, w, targets, q, beta, c]) => {
    const [n, d, items, k] = [x!.shape[0]!, x!.shape[1]!, w!.shape[0]!, targets!.shape[1]!];
    const [dx, dw] = [new Float64Array(n * d), new Float64Array(items * d)];
    let loss = 0;
    for (let r = 0; r < n; r++) {
      const xr = x!.data.subarray(r * d, (r + 1) * d);
      const z = Float64Array.from({ length: items }, (_, i) => {
        return beta!.data[r]! * xr.reduce((s, v, j) => s + v * w!.data[i * d + j]!, 0);
      });
      const top = Math.max(...z);
      const logZ = top + Math.log(z.reduce((s, v) => s + Math.exp(v - top), 0));
      const g = z.map((v) => Math.exp(v - logZ));
      for (let j = 0; j < k; j++) {
        const [target, mass] = [targets!.data[r * k + j]!, q!.data[r * k + j]!];
        loss -= c!.data[r]! * mass * (z[target]! - logZ);
        g[target]! -= mass;
      }
      for (let i = 0; i < items; i++)
        for (let j = 0; j < d; j++) {
          const s = c!.data[r]! * beta!.data[r]! * g[i]!;
          dx[r * d + j]! += s * w!.data[i * d + j]!;
          dw[i * d + j]! += s * xr[j]!;
        }
    }
    return [
      { shape: [], data: Float64Array.of(loss) },
      { shape: x!.shape, data: dx },
      { shape: w!.shape, data: dw },
    ];
  },
  samples: [
    {
      inputs: [
        { shape: [5, 3] },
        { shape: [7, 3] },
        { shape: [5, 1], integers: 7 },
        { shape: [5, 1], range: [1, 1] },
        { shape: [5, 1], range: [0.5, 2] },
        { shape: [5, 1], range: [0, 2] },
      ],
      attributes: { chunk: 2 },
    },
    {
      inputs: [
        { shape: [4, 3] },
        { shape: [6, 3] },
        { shape: [4, 2], integers: 6 },
        { shape: [4, 2], range: [0.5, 0.5] },
        { shape: [4, 1], range: [0.5, 2] },
        { shape: [4, 1], range: [0, 2] },
      ],
      attributes: { chunk: 64 },
    },
  ],
};

/** Rows are padded (with weight 0) to chunks of equal size; a Scan carries loss and dw and collects dx. */
function emitHead(
  e: Emitter,
  names: readonly string[],
  chunk: number,
  inputs: readonly Tensor[],
): readonly string[] {
  const [x, w, targets, q, beta, c] = names as [string, string, string, string, string, string];
  const [d, items, k] = [inputs[0]!.shape[1]!, inputs[1]!.shape[0]!, inputs[2]!.shape[1]!];
  const { split, join } = chunksOf(e, x, chunk);
  const rowShape = (width: number | string): Shape => ["c", width];
  const body = e.body(
    [
      { dtype: "float32", shape: [] },
      { dtype: "float32", shape: [items, d] },
      { dtype: "float32", shape: rowShape(d) },
      { dtype: "int32", shape: rowShape(k) },
      { dtype: "float32", shape: rowShape(k) },
      { dtype: "float32", shape: rowShape(1) },
      { dtype: "float32", shape: rowShape(1) },
    ],
    (b, args) => chunkBody(b, args as HeadNames, w),
  );
  const zeroLoss = e.float([0], []);
  const [zeroDw] = e.node("Expand", [e.float([0], []), e.shape([items, d])]) as [string];
  const [loss, dw, dx] = e.node(
    "Scan",
    [zeroLoss, zeroDw, split(x, d), split(targets, k), split(q, k), split(beta, 1), split(c, 1)],
    { body: { graph: body }, num_scan_inputs: 5 },
    3,
  ) as [string, string, string];
  return [loss, join(dx, d), dw];
}

type HeadNames = [string, string, string, string, string, string, string];

/** One chunk: logits, loss, P - Q in place, dx, and dw accumulated by Gemm's C. */
function chunkBody(e: Emitter, [loss, dw, x, targets, q, beta, c]: HeadNames, w: string): readonly string[] {
  const one = (type: string, args: string[], attributes = {}) => e.node(type, args, attributes)[0]!;
  const scaled = one("Mul", [x, beta]); //                                                   [c, D]
  const logP = one("LogSoftmax", [one("Gemm", [scaled, w], { transB: 1 })], { axis: -1 }); // [c, I]
  const picked = one("Mul", [one("GatherElements", [logP, targets], { axis: -1 }), q]); //    [c, K]
  const lossHere = one("ReduceSum", [one("Mul", [picked, c])], { keepdims: 0 });
  const minusQ = one("Neg", [q]);
  const g = one("ScatterElements", [one("Exp", [logP]), targets, minusQ], { axis: -1, reduction: "add" }); // [c, I]
  const dx = one("Mul", [one("MatMul", [g, w]), one("Mul", [beta, c])]); //                   [c, D]
  const dwNext = one("Gemm", [g, one("Mul", [scaled, c]), dw], { transA: 1 }); //             [I, D]
  return [one("Sub", [loss, lossHere]), dwNext, one("Identity", [dx])];
}

/** @returns the loss of {@link softmaxHeadOp}; `chunk` rows are processed at once. */
export function softmaxHead(
  x: Tensor,
  w: Tensor,
  { targets, q, beta, c }: { targets: Tensor; q: Tensor; beta: Tensor; c: Tensor },
  chunk = headChunk(Number(w.shape[0])),
): Tensor {
  return apply(softmaxHeadOp, [x, w, targets, q, beta, c], { chunk })[0]!;
}
