/** Ops that move numbers without changing them. */
import { internal } from "../../errors.ts";
import { axisOf, broadcast, product, sameShape, show, sizeOf, total } from "../shape.ts";
import { apply1, type Dim, type Op, type Shape, type Tensor, type Value } from "../tensor.ts";

/** The same numbers in the same order, seen as another shape. */
export const reshapeOp: Op<{ shape: Shape }> = {
  name: "Reshape",
  shapes: ([x], { shape }) => {
    if (product(x!.shape) !== product(shape))
      throw internal(`Reshape: sizes must agree, got ${show(x!.shape)} to ${show(shape)}`);
    return [shape];
  },
  gradient: ([x], _y, [dy]) => [reshape(dy!, x!.shape)],
  onnx: (e, [x], { shape }) => e.node("Reshape", [x!, e.shape(shape)], { allowzero: 1 }),
  reference: ([x], { shape }) => [{ shape: shape.map(Number), data: x!.data }],
  samples: [{ inputs: [{ shape: [2, 6] }], attributes: { shape: [3, 4] } }],
};

/** y[i, j, ..] = x[.., permuted]: axis d of y is axis perm[d] of x. */
export const transposeOp: Op<{ perm: readonly number[] }> = {
  name: "Transpose",
  shapes: ([x], { perm }) => [perm.map((p) => x!.shape[p]!)],
  gradient: ([_x], _y, [dy], { perm }) => [
    transpose(
      dy!,
      perm.map((_, i) => perm.indexOf(i)),
    ),
  ],
  onnx: (e, inputs, { perm }) => e.node("Transpose", inputs, { perm }),
  reference: ([x], { perm }) => {
    const shape = perm.map((p) => x!.shape[p]!);
    return [pick(shape, x!, (at) => perm.map((_, i) => at[perm.indexOf(i)]!))];
  },
  samples: [{ inputs: [{ shape: [2, 3, 4] }], attributes: { perm: [2, 0, 1] } }],
};

/** @returns the array of `shape` whose element at an index is x's element at `from(index)`. */
function pick(shape: readonly number[], x: Value, from: (at: number[]) => number[]): Value {
  const data = new Float64Array(sizeOf(shape));
  for (let n = 0; n < data.length; n++) {
    const at = new Array<number>(shape.length).fill(0);
    for (let d = shape.length - 1, rest = n; d >= 0; d--) {
      at[d] = rest % shape[d]!;
      rest = (rest - at[d]!) / shape[d]!;
    }
    data[n] = x.data[from(at).reduce((i, k, d) => i * x.shape[d]! + k, 0)]!;
  }
  return { shape, data };
}

/** Stretches axes of size 1, and adds leading axes, to reach a shape. */
export const expandOp: Op<{ shape: Shape }> = {
  name: "Expand",
  shapes: ([x], { shape }) => {
    if (!sameShape(broadcast("Expand", x!.shape, shape), shape))
      throw internal(`Expand: got ${show(x!.shape)} to ${show(shape)}`);
    return [shape];
  },
  gradient: (_x, _y, [dy]) => [dy!], // the walker sums what was stretched
  onnx: (e, [x], { shape }) => e.node("Expand", [x!, e.shape(shape)]),
  reference: ([x], { shape }) => {
    const lead = shape.length - x!.shape.length;
    return [pick(shape.map(Number), x!, (at) => x!.shape.map((d, i) => (d === 1 ? 0 : at[i + lead]!)))];
  },
  samples: [{ inputs: [{ shape: [2, 1] }], attributes: { shape: [3, 2, 4] } }],
};

/** x from `start` to `end` along one axis. */
export const sliceOp: Op<{ axis: number; start: number; end: number }> = {
  name: "Slice",
  shapes: ([x], { axis, start, end }) => [x!.shape.map((d, i) => (i === axis ? end - start : d))],
  gradient: ([x], _y, [dy], { axis, start, end }) => {
    const size = x!.shape[axis];
    if (typeof size !== "number") throw internal(`Slice: gradient needs a fixed size, got ${String(size)}`);
    const zeros = (n: number) =>
      expandTo(
        zero,
        dy!.shape.map((d, i) => (i === axis ? n : d)),
      );
    const parts = [...(start > 0 ? [zeros(start)] : []), dy!, ...(end < size ? [zeros(size - end)] : [])];
    return [parts.length === 1 ? dy! : concat(parts, axis)];
  },
  onnx: (e, [x], { axis, start, end }) =>
    e.node("Slice", [x!, e.int64([start]), e.int64([end]), e.int64([axis])]),
  reference: ([x], { axis, start, end }) => {
    const shape = x!.shape.map((d, i) => (i === axis ? end - start : d));
    return [pick(shape, x!, (at) => at.map((k, i) => (i === axis ? k + start : k)))];
  },
  samples: [{ inputs: [{ shape: [2, 5] }], attributes: { axis: 1, start: 1, end: 3 } }],
};

/** 0, 1, 2, ... along one axis: the only op that makes numbers of a size alone. */
export const iotaOp: Op<{ shape: Shape }> = {
  name: "Iota",
  dtype: () => "float32",
  shapes: (_none, { shape }) => [shape],
  gradient: () => [],
  onnx: (e, _none, { shape }) => {
    const [size] = e.node("Squeeze", [e.shape(shape)]);
    const range = e.node("Range", [e.scalarInt64(0), size!, e.scalarInt64(1)]);
    return e.node("Cast", range, { to: 1 });
  },
  reference: (_none, { shape }) => [
    { shape: shape.map(Number), data: Float64Array.from({ length: Number(shape[0]) }, (_, i) => i) },
  ],
  samples: [{ inputs: [], attributes: { shape: [5] } }],
};

const zero: Tensor = { shape: [], dtype: "float32", node: null, leaf: { constant: [0] } };

/** Joins tensors along one axis; a gradient needs fixed sizes there. */
export const concatOp: Op<{ axis: number }> = {
  name: "Concat",
  shapes: (xs, { axis }) => {
    const joined = total(xs.map((x) => x.shape[axis]!));
    return [xs[0]!.shape.map((d, i): Dim => (i === axis ? joined : d))];
  },
  gradient: (xs, [y], [dy], { axis }) => {
    const size = y!.shape[axis];
    if (typeof size !== "number") throw internal(`Concat: gradient needs fixed sizes, got ${String(size)}`);
    let end = 0;
    return xs.map((x) => slice(dy!, axis, end, (end += Number(x.shape[axis]))));
  },
  onnx: (e, inputs, { axis }) => e.node("Concat", inputs, { axis }),
  reference: (xs, { axis }) => {
    const shape = xs[0]!.shape.map((d, i) => (i === axis ? xs.reduce((n, x) => n + x.shape[i]!, 0) : d));
    const inner = sizeOf(shape.slice(axis + 1));
    const outer = sizeOf(shape.slice(0, axis));
    const data = new Float64Array(sizeOf(shape));
    let at = 0;
    for (let o = 0; o < outer; o++)
      for (const x of xs) {
        const n = x.shape[axis]! * inner;
        data.set(x.data.subarray(o * n, (o + 1) * n), at);
        at += n;
      }
    return [{ shape, data }];
  },
  samples: [{ inputs: [{ shape: [2, 3] }, { shape: [2, 1] }], attributes: { axis: 1 } }],
};

export const reshape = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : apply1(reshapeOp, [x], { shape });
export const transpose = (x: Tensor, perm: readonly number[]): Tensor => apply1(transposeOp, [x], { perm });
export const expandTo = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : apply1(expandOp, [x], { shape });
/** @returns [size]: 0, 1, 2, ... */
export const iota = (size: Dim): Tensor => apply1(iotaOp, [], { shape: [size] });
export const slice = (x: Tensor, axis: number, start: number, end: number): Tensor =>
  apply1(sliceOp, [x], { axis: axisOf(axis, x.shape.length), start, end });
export const concat = (xs: readonly Tensor[], axis: number): Tensor =>
  apply1(concatOp, xs, { axis: axisOf(axis, xs[0]!.shape.length) });
