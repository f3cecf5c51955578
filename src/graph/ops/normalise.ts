/** Softmax, log-softmax and layer normalisation over the last axis. */
import { apply, apply1, type Op, type Tensor, type Value } from "../tensor.ts";
import { exp, mul, sub } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { reshape } from "./movement.ts";
import { sum } from "./reduce.ts";

type Empty = Readonly<Record<string, never>>;

/** @returns f applied to every row along the last axis. */
function byRow(x: Value, f: (row: Float64Array) => Float64Array): Value {
  const width = x.shape.at(-1)!;
  const data = new Float64Array(x.data.length);
  for (let at = 0; at < data.length; at += width) data.set(f(x.data.subarray(at, at + width)), at);
  return { shape: x.shape, data };
}

function logSoftmaxRow(row: Float64Array): Float64Array {
  const top = row.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = Math.log(row.reduce((z, v) => z + Math.exp(v - top), 0)) + top;
  return row.map((v) => v - total);
}

/** dx = y (dy - sum(dy y)) */
export const softmaxOp: Op<Empty> = {
  name: "Softmax",
  shapes: ([x]) => [x!.shape],
  gradient: (_x, [y], [dy]) => [mul(y!, sub(dy!, sum(mul(dy!, y!), [-1], true)))],
  onnx: (e, inputs) => e.node("Softmax", inputs, { axis: -1 }),
  reference: ([x]) => [byRow(x!, (row) => logSoftmaxRow(row).map(Math.exp))],
  samples: [{ inputs: [{ shape: [2, 3, 4] }], attributes: {} }],
};

/** dx = dy - e^y sum(dy) */
export const logSoftmaxOp: Op<Empty> = {
  name: "LogSoftmax",
  shapes: ([x]) => [x!.shape],
  gradient: (_x, [y], [dy]) => [sub(dy!, mul(exp(y!), sum(dy!, [-1], true)))],
  onnx: (e, inputs) => e.node("LogSoftmax", inputs, { axis: -1 }),
  reference: ([x]) => [byRow(x!, logSoftmaxRow)],
  samples: [{ inputs: [{ shape: [2, 5] }], attributes: {} }],
};

/**
 * y = gain (x - mean) / sd + bias, sd^2 = variance + epsilon   x [.., D]  gain, bias [D]
 * With n = (x - mean)/sd and dn = dy gain:  dx = (dn - mean(dn) - n mean(dn n)) / sd.
 * Outputs 2 and 3 (mean, 1/sd) serve the gradient only.
 */
export const layerNormOp: Op<{ epsilon: number }> = {
  name: "LayerNormalization",
  shapes: ([x]) => {
    const moments = [...x!.shape.slice(0, -1), 1];
    return [x!.shape, moments, moments];
  },
  gradient: ([x, gain], [_y, mu, inverse], [dy]) => {
    const n = mul(sub(x!, mu!), inverse!);
    const dgain = mul(dy!, n);
    const width = Number(gain!.shape[0]);
    const meanOf = (t: Tensor) => matmul(t, reshape(gain!, [width, 1]), { alpha: 1 / width }); // of t gain, in one pass
    const centred = sub(mul(dy!, gain!), meanOf(dy!));
    return [mul(sub(centred, mul(n, meanOf(dgain))), inverse!), dgain, dy!];
  },
  onnx: (e, inputs, { epsilon }) =>
    e.node("LayerNormalization", inputs, { axis: -1, epsilon: { float: epsilon } }, 3),
  reference: ([x, gain, bias], { epsilon }) => {
    const width = x!.shape.at(-1)!;
    const rows = x!.data.length / width;
    const [mu, inverse] = [new Float64Array(rows), new Float64Array(rows)];
    const y = x!.data.map((_, i) => i);
    for (let r = 0; r < rows; r++) {
      const row = x!.data.subarray(r * width, (r + 1) * width);
      mu[r] = row.reduce((a, b) => a + b, 0) / width;
      inverse[r] = 1 / Math.sqrt(row.reduce((v, b) => v + (b - mu[r]!) ** 2, 0) / width + epsilon);
      row.forEach(
        (v, d) => (y[r * width + d] = gain!.data[d]! * (v - mu[r]!) * inverse[r]! + bias!.data[d]!),
      );
    }
    const moments = [...x!.shape.slice(0, -1), 1];
    return [
      { shape: x!.shape, data: y },
      { shape: moments, data: mu },
      { shape: moments, data: inverse },
    ];
  },
  samples: [
    { inputs: [{ shape: [2, 3, 4] }, { shape: [4] }, { shape: [4] }], attributes: { epsilon: 1e-5 } },
  ],
};

export const softmax = (x: Tensor): Tensor => apply1(softmaxOp, [x], {});
export const logSoftmax = (x: Tensor): Tensor => apply1(logSoftmaxOp, [x], {});
export const layerNorm = (x: Tensor, gain: Tensor, bias: Tensor, epsilon = 1e-8): Tensor =>
  apply(layerNormOp, [x, gain, bias], { epsilon })[0]!;
