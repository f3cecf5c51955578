/** Reductions over axes, kept as size 1 or dropped. */
import { axisOf, sizeOf } from "../shape.ts";
import { apply1, type Op, type Sample, type Shape, type Tensor, type Value } from "../tensor.ts";
import { div, mul, where, less, sub } from "./elementwise.ts";
import { expandTo, reshape } from "./movement.ts";

interface Axes extends Record<string, readonly number[] | boolean> {
  axes: readonly number[];
  keep: boolean;
}

function reducedShape(shape: Shape, { axes, keep }: Axes): Shape {
  const gone = new Set(axes.map((a) => axisOf(a, shape.length)));
  return keep ? shape.map((d, i) => (gone.has(i) ? 1 : d)) : shape.filter((_, i) => !gone.has(i));
}

/** @returns the result of folding f over the axes, starting at `start`. */
function fold(x: Value, attributes: Axes, start: number, f: (acc: number, x: number) => number): Value {
  const kept = reducedShape(x.shape, { ...attributes, keep: true }).map(Number);
  const data = new Float64Array(sizeOf(kept)).fill(start);
  x.data.forEach((value, n) => {
    let [rest, at, step] = [n, 0, 1];
    for (let d = kept.length - 1; d >= 0; d--) {
      const i = rest % x.shape[d]!;
      rest = (rest - i) / x.shape[d]!;
      if (kept[d] !== 1) at += i * step;
      step *= kept[d]!;
    }
    data[at] = f(data[at]!, value);
  });
  return { shape: reducedShape(x.shape, attributes).map(Number), data };
}

/** @returns dy with its reduced axes back as size 1, stretched to x. */
function stretch(dy: Tensor, x: Tensor, attributes: Axes): Tensor {
  return expandTo(reshape(dy, reducedShape(x.shape, { ...attributes, keep: true })), x.shape);
}

const samples: Sample<Axes>[] = [
  { inputs: [{ shape: [2, 3] }], attributes: { axes: [1], keep: true } },
  { inputs: [{ shape: [2, 3, 4] }], attributes: { axes: [0, 2], keep: false } },
];

export const sumOp: Op<Axes> = {
  name: "ReduceSum",
  shapes: ([x], attributes) => [reducedShape(x!.shape, attributes)],
  gradient: ([x], _y, [dy], attributes) => [stretch(dy!, x!, attributes)],
  onnx: (e, [x], { axes, keep }) => e.node("ReduceSum", [x!, e.int64(axes)], { keepdims: Number(keep) }),
  reference: ([x], attributes) => [fold(x!, attributes, 0, (acc, v) => acc + v)],
  samples,
};

export const meanOp: Op<Axes> = {
  name: "ReduceMean",
  shapes: ([x], attributes) => [reducedShape(x!.shape, attributes)],
  // dx = dy / n, with n = x / mean(x) known only as a ratio of sums when sizes are symbols
  gradient: ([x], _y, [dy], attributes) => {
    const one = expandTo(
      reshape(
        scalarOne,
        x!.shape.map(() => 1),
      ),
      x!.shape,
    );
    return [div(stretch(dy!, x!, attributes), apply1(sumOp, [one], { ...attributes, keep: true }))];
  },
  onnx: (e, [x], { axes, keep }) => e.node("ReduceMean", [x!, e.int64(axes)], { keepdims: Number(keep) }),
  reference: ([x], attributes) => {
    const sum = fold(x!, attributes, 0, (acc, v) => acc + v);
    return [{ shape: sum.shape, data: sum.data.map((v) => (v * sum.data.length) / x!.data.length) }];
  },
  samples,
};

const scalarOne: Tensor = { shape: [], dtype: "float32", node: null, leaf: { constant: [1] } };

/** The gradient goes to every maximum, so ties are distinct points of the check. */
export const maxOp: Op<Axes> = {
  name: "ReduceMax",
  shapes: ([x], attributes) => [reducedShape(x!.shape, attributes)],
  gradient: ([x], [y], [dy], attributes) => {
    const isMax = where(less(sub(x!, stretch(y!, x!, attributes)), 0), 0, 1);
    return [mul(stretch(dy!, x!, attributes), isMax)];
  },
  onnx: (e, [x], { axes, keep }) => e.node("ReduceMax", [x!, e.int64(axes)], { keepdims: Number(keep) }),
  reference: ([x], attributes) => [fold(x!, attributes, -Infinity, Math.max)],
  samples,
};

const allAxes = (x: Tensor) => x.shape.map((_, i) => i);

/** Sum over the axes; over everything when none are named. */
export const sum = (x: Tensor, axes: readonly number[] = allAxes(x), keep = false): Tensor =>
  apply1(sumOp, [x], { axes, keep });
export const mean = (x: Tensor, axes: readonly number[] = allAxes(x), keep = false): Tensor =>
  apply1(meanOp, [x], { axes, keep });
export const max = (x: Tensor, axes: readonly number[] = allAxes(x), keep = false): Tensor =>
  apply1(maxOp, [x], { axes, keep });
