import { internal } from "../../errors.ts";
import { broadcast, show, sizeOf } from "../shape.ts";
import { apply1, type Op, type Sample, type Shape, type Tensor, type Value } from "../tensor.ts";

interface Flags extends Record<string, boolean | number> {
  transA: boolean;
  transB: boolean;
  alpha: number;
}

function dims(a: Shape, b: Shape, { transA, transB }: Flags) {
  const [a1, a2] = transA ? [a.at(-1), a.at(-2)] : [a.at(-2), a.at(-1)];
  const [b1, b2] = transB ? [b.at(-1), b.at(-2)] : [b.at(-2), b.at(-1)];
  if (a.length < 2 || b.length < 2 || a2 !== b1)
    throw internal(
      `MatMul: inner sizes must agree, got ${show(a)}${transA ? "^T" : ""} @ ${show(b)}${transB ? "^T" : ""}`,
    );
  return { m: a1!, k: a2!, n: b2! };
}

/**
 * y = alpha op(a) op(b), op(x) = x or x^T   a [.., M, K]  b [.., K, N]  ->  y [.., M, N]; leading axes broadcast.
 * da = dy b^T, db = a^T dy, and their transposes.
 */
export const matmulOp: Op<Flags> = {
  name: "MatMul",
  shapes: ([a, b], flags) => {
    const { m, n } = dims(a!.shape, b!.shape, flags);
    return [[...broadcast("MatMul", a!.shape.slice(0, -2), b!.shape.slice(0, -2)), m, n]];
  },
  gradient: ([a, b], _y, [dy], { transA, transB, alpha }) => [
    transA
      ? matmul(b!, dy!, { transA: transB, transB: true, alpha })
      : matmul(dy!, b!, { transB: !transB, alpha }),
    transB
      ? matmul(dy!, a!, { transA: true, transB: transA, alpha })
      : matmul(a!, dy!, { transA: !transA, alpha }),
  ],
  onnx: (e, inputs, { transA, transB, alpha }) =>
    transA || transB || alpha !== 1
      ? e.node("com.microsoft:FusedMatMul", inputs, {
          transA: Number(transA),
          transB: Number(transB),
          alpha: { float: alpha },
        })
      : e.node("MatMul", inputs),
  reference: ([a, b], flags) => [naive(a!, b!, flags)],
  samples: [
    [[2, 3], [3, 4], false, false],
    [[3, 2], [3, 4], true, false],
    [[2, 3], [4, 3], false, true],
    [[3, 2], [4, 3], true, true],
    [[5, 2, 3], [3, 4], false, false],
    [[2, 1, 2, 3], [2, 5, 4, 3], false, true],
  ].map(([a, b, transA, transB]): Sample<Flags> => ({
    inputs: [{ shape: a as number[] }, { shape: b as number[] }],
    attributes: { transA: transA as boolean, transB: transB as boolean, alpha: 0.5 },
  })),
};

function naive(a: Value, b: Value, flags: Flags): Value {
  const { m, k, n } = dims(a.shape, b.shape, flags) as { m: number; k: number; n: number };
  const lead = broadcast("MatMul", a.shape.slice(0, -2), b.shape.slice(0, -2)).map(Number);
  const data = new Float64Array(sizeOf(lead) * m * n);
  for (let batch = 0; batch < sizeOf(lead); batch++) {
    const oa = offset(batch, lead, a.shape.slice(0, -2)) * m * k;
    const ob = offset(batch, lead, b.shape.slice(0, -2)) * k * n;
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let dot = 0;
        for (let p = 0; p < k; p++)
          dot +=
            a.data[oa + (flags.transA ? p * m + i : i * k + p)]! *
            b.data[ob + (flags.transB ? j * k + p : p * n + j)]!;
        data[(batch * m + i) * n + j] = flags.alpha * dot;
      }
  }
  return { shape: [...lead, m, n], data };
}

/** @returns which matrix of a broadcast stack the batch-th product uses. */
function offset(batch: number, lead: readonly number[], own: readonly number[]): number {
  let [at, step, rest] = [0, 1, batch];
  for (let d = lead.length - 1; d >= 0; d--) {
    const size = own[d - lead.length + own.length] ?? 1;
    if (size !== 1) at += (rest % lead[d]!) * step;
    step *= size;
    rest = Math.floor(rest / lead[d]!);
  }
  return at;
}

export const matmul = (
  a: Tensor,
  b: Tensor,
  { transA = false, transB = false, alpha = 1 }: { transA?: boolean; transB?: boolean; alpha?: number } = {},
): Tensor => apply1(matmulOp, [a, b], { transA, transB, alpha });
