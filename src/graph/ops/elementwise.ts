/** Elementwise ops, with NumPy broadcasting for those of two inputs. */
import { broadcast, sizeOf } from "../shape.ts";
import {
  apply,
  apply1,
  type DType,
  type Op,
  type Sample,
  type SampleInput,
  type Tensor,
  type Value,
} from "../tensor.ts";

type Empty = Readonly<Record<string, never>>;

/** @returns f over two broadcast arrays. */
function zip(a: Value, b: Value, f: (x: number, y: number) => number): Value {
  const shape = broadcast("zip", a.shape, b.shape).map(Number);
  const data = new Float64Array(sizeOf(shape));
  const strides = (v: Value) => {
    let step = 1;
    const out = new Array<number>(shape.length).fill(0);
    for (let i = v.shape.length - 1; i >= 0; i--) {
      if (v.shape[i] !== 1) out[i + shape.length - v.shape.length] = step;
      step *= v.shape[i]!;
    }
    return out;
  };
  const [sa, sb] = [strides(a), strides(b)];
  for (let n = 0; n < data.length; n++) {
    let [rest, i, j] = [n, 0, 0];
    for (let d = shape.length - 1; d >= 0; d--) {
      const at = rest % shape[d]!;
      rest = (rest - at) / shape[d]!;
      i += at * sa[d]!;
      j += at * sb[d]!;
    }
    data[n] = f(a.data[i]!, b.data[j]!);
  }
  return { shape, data };
}

interface Binary {
  f: (a: number, b: number) => number;
  gradient: (a: Tensor, b: Tensor, y: Tensor, dy: Tensor) => [Tensor | null, Tensor | null];
  dtype?: DType;
  range?: readonly [number, number];
}

function binary(name: string, { f, gradient, dtype, range }: Binary): Op<Empty> {
  const sample = (...shapes: number[][]): Sample<Empty> => ({
    inputs: shapes.map((shape): SampleInput => (range ? { shape, range } : { shape })),
    attributes: {},
  });
  return {
    name,
    ...(dtype ? { dtype: () => dtype } : {}),
    shapes: ([a, b]) => [broadcast(name, a!.shape, b!.shape)],
    gradient: ([a, b], [y], [dy]) => gradient(a!, b!, y!, dy!),
    onnx: (e, inputs) => e.node(name, inputs),
    reference: ([a, b]) => [zip(a!, b!, f)],
    samples: [sample([2, 3], [2, 3]), sample([2, 1, 3], [4, 1]), sample([3], [])],
  };
}

interface Unary {
  f: (x: number) => number;
  gradient: (x: Tensor, y: Tensor, dy: Tensor) => Tensor;
  range?: readonly [number, number];
}

function unary(name: string, { f, gradient, range }: Unary): Op<Empty> {
  return {
    name,
    shapes: ([x]) => [x!.shape],
    gradient: ([x], [y], [dy]) => [gradient(x!, y!, dy!)],
    onnx: (e, inputs) => e.node(name, inputs),
    reference: ([x]) => [{ shape: x!.shape, data: x!.data.map(f) }],
    samples: [{ inputs: [range ? { shape: [2, 3], range } : { shape: [2, 3] }], attributes: {} }],
  };
}

const positive = [0.5, 2] as const;

export const addOp = binary("Add", { f: (a, b) => a + b, gradient: (_a, _b, _y, dy) => [dy, dy] });
export const subOp = binary("Sub", { f: (a, b) => a - b, gradient: (_a, _b, _y, dy) => [dy, neg(dy)] });
export const mulOp = binary("Mul", {
  f: (a, b) => a * b,
  gradient: (a, b, _y, dy) => [mul(dy, b), mul(dy, a)],
});
/** d(a/b) = da / b - y db / b */
export const divOp = binary("Div", {
  f: (a, b) => a / b,
  gradient: (_a, b, y, dy) => [div(dy, b), neg(mul(dy, div(y, b)))],
  range: positive,
});
/** 1 where a < b, as a boolean. */
export const lessOp = binary("Less", {
  f: (a, b) => Number(a < b),
  gradient: () => [null, null],
  dtype: "bool",
});

export const negOp = unary("Neg", { f: (x) => -x, gradient: (_x, _y, dy) => neg(dy) });
export const expOp = unary("Exp", { f: Math.exp, gradient: (_x, y, dy) => mul(dy, y) });
export const logOp = unary("Log", { f: Math.log, gradient: (x, _y, dy) => div(dy, x), range: positive });
/** d sqrt(x) = 1 / (2 sqrt x) dx */
export const sqrtOp = unary("Sqrt", {
  f: Math.sqrt,
  gradient: (_x, y, dy) => div(mul(dy, scalar(0.5)), y),
  range: positive,
});
/** d relu(x) = [y > 0] dx, taken as 0 at x = 0; a product with 0 or 1 is faster than a choice */
export const reluOp = unary("Relu", {
  f: (x) => Math.max(x, 0),
  gradient: (_x, y, dy) => mul(dy, cast(less(scalar(0), y), "float32")),
});
/** d sigmoid = y (1 - y) dx */
export const sigmoidOp = unary("Sigmoid", {
  f: (x) => 1 / (1 + Math.exp(-x)),
  gradient: (_x, y, dy) => mul(dy, mul(y, sub(scalar(1), y))),
});
/** d tanh = (1 - y^2) dx */
export const tanhOp = unary("Tanh", {
  f: Math.tanh,
  gradient: (_x, y, dy) => mul(dy, sub(scalar(1), mul(y, y))),
});
/**
 * y = x sigmoid(x). With s = sigmoid(x): dx = (s + y (1 - s)) dy, two passes fewer than the gradient of the product.
 * Output 2 is s, for the gradient only.
 */
export const siluOp: Op<Empty> = {
  name: "Silu",
  shapes: ([x]) => [x!.shape, x!.shape],
  gradient: (_x, [y, s], [dy]) => [mul(dy!, add(s!, mul(y!, sub(scalar(1), s!))))],
  onnx: (e, [x]) => {
    const [s] = e.node("Sigmoid", [x!]);
    return [e.node("Mul", [x!, s!])[0]!, s!];
  },
  reference: ([x]) => {
    const s = x!.data.map((v) => 1 / (1 + Math.exp(-v)));
    return [
      { shape: x!.shape, data: x!.data.map((v, i) => v * s[i]!) },
      { shape: x!.shape, data: s },
    ];
  },
  samples: [{ inputs: [{ shape: [2, 3], range: [-4, 4] }], attributes: {} }],
};
/**
 * y = x Phi(x), Phi the normal distribution function. dx = (Phi(x) + x phi(x)) dy, phi its density.
 * Output 2 is Phi(x), for the gradient only.
 */
export const geluOp: Op<Empty> = {
  name: "Gelu",
  shapes: ([x]) => [x!.shape, x!.shape],
  gradient: ([x], [_y, phi], [dy]) => {
    const density = mul(exp(mul(mul(x!, x!), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return [mul(dy!, add(phi!, mul(x!, density)))];
  },
  onnx: (e, [x]) => {
    const [erf] = e.node("Erf", [e.node("Mul", [x!, e.float([Math.SQRT1_2], [])])[0]!]);
    const half = e.float([0.5], []);
    const [phi] = e.node("Add", [e.node("Mul", [erf!, half])[0]!, half]);
    return [e.node("Mul", [x!, phi!])[0]!, phi!];
  },
  reference: ([x]) => {
    const phi = x!.data.map((v) => 0.5 + 0.5 * erfReference(v * Math.SQRT1_2));
    return [
      { shape: x!.shape, data: x!.data.map((v, i) => v * phi[i]!) },
      { shape: x!.shape, data: phi },
    ];
  },
  samples: [{ inputs: [{ shape: [2, 3], range: [-4, 4] }], attributes: {} }],
};

/** erf(x) = 2/sqrt(pi) e^(-x^2) sum_n 2^n x^(2n+1) / (1 3 5 .. (2n+1)), whose terms have one sign. */
function erfReference(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) sum += term *= (2 * x * x) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/**
 * log(1 + e^x) = max(x, 0) + log(1 + e^-|x|) without overflow; its derivative is sigmoid(x). ONNX Runtime's own Softplus takes
 * five times as long; below -17 it is e^x in place of 0.
 */
export const softplusOp: Op<Empty> = {
  ...unary("Softplus", {
    f: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    gradient: (x, _y, dy) => mul(dy, sigmoid(x)),
  }),
  onnx: (e, [x]) => {
    const one = (type: string, ...args: string[]) => e.node(type, args)[0]!;
    const small = one("Exp", one("Neg", one("Abs", x!)));
    return [one("Add", one("Relu", x!), one("Log", one("Add", small, e.float([1], []))))];
  },
};

/** y = a where the condition holds, else b. */
export const whereOp: Op<Empty> = {
  name: "Where",
  dtype: ([, a]) => a!.dtype,
  shapes: ([c, a, b]) => [broadcast("Where", broadcast("Where", c!.shape, a!.shape), b!.shape)],
  gradient: ([c], _y, [dy]) => [null, where(c!, dy!, scalar(0)), where(c!, scalar(0), dy!)],
  onnx: (e, inputs) => e.node("Where", inputs),
  reference: ([c, a, b]) => {
    const one = (v: Value) => ({ shape: v.shape, data: v.data.map(() => 1) });
    const kept = zip(
      c!,
      zip(a!, one(b!), (x) => x),
      (cond, x) => (cond ? x : 0),
    );
    const other = zip(
      c!,
      zip(b!, one(a!), (x) => x),
      (cond, x) => (cond ? 0 : x),
    );
    return [zip(kept, other, (x, y) => x + y)];
  },
  samples: [
    {
      inputs: [{ shape: [2, 3], integers: 2, dtype: "bool" }, { shape: [2, 3] }, { shape: [3] }],
      attributes: {},
    },
    {
      inputs: [{ shape: [2, 1], integers: 2, dtype: "bool" }, { shape: [] }, { shape: [2, 3] }],
      attributes: {},
    },
  ],
};

/** The same numbers as another type, cut to whole ones for integers; no gradient passes into these. */
export const castOp: Op<{ to: DType }> = {
  name: "Cast",
  dtype: (_x, { to }) => to,
  shapes: ([x]) => [x!.shape],
  gradient: () => [null],
  onnx: (e, inputs, { to }) =>
    e.node("Cast", inputs, { to: { float32: 1, int32: 6, int64: 7, bool: 9 }[to] }),
  reference: ([x], { to }) =>
    to.startsWith("int") ? [{ shape: x!.shape, data: x!.data.map(Math.trunc) }] : [x!],
  samples: [
    { inputs: [{ shape: [2, 3], integers: 5 }], attributes: { to: "float32" } },
    { inputs: [{ shape: [2, 3], range: [-3, 3] }], attributes: { to: "int32" } },
  ],
};

const scalar = (x: number): Tensor => ({ shape: [], dtype: "float32", node: null, leaf: { constant: [x] } });
type Operand = Tensor | number;
const lift = (x: Operand): Tensor => (typeof x === "number" ? scalar(x) : x);

/** The same numbers, through which no gradient passes. */
export const detachOp: Op<Empty> = {
  name: "Detach",
  shapes: ([x]) => [x!.shape],
  gradient: () => [null],
  onnx: (e, inputs) => e.node("Identity", inputs),
  reference: ([x]) => [x!],
  samples: [{ inputs: [{ shape: [2, 3], integers: 5 }], attributes: {} }], // whole numbers: there is no gradient to check
};

export const add = (a: Operand, b: Operand): Tensor => apply1(addOp, [lift(a), lift(b)], {});
export const sub = (a: Operand, b: Operand): Tensor => apply1(subOp, [lift(a), lift(b)], {});
export const mul = (a: Operand, b: Operand): Tensor => apply1(mulOp, [lift(a), lift(b)], {});
export const div = (a: Operand, b: Operand): Tensor => apply1(divOp, [lift(a), lift(b)], {});
export const less = (a: Operand, b: Operand): Tensor => apply1(lessOp, [lift(a), lift(b)], {});
export const where = (c: Tensor, a: Operand, b: Operand): Tensor =>
  apply1(whereOp, [c, lift(a), lift(b)], {});
export const neg = (x: Tensor): Tensor => apply1(negOp, [x], {});
export const exp = (x: Tensor): Tensor => apply1(expOp, [x], {});
export const log = (x: Tensor): Tensor => apply1(logOp, [x], {});
export const sqrt = (x: Tensor): Tensor => apply1(sqrtOp, [x], {});
export const relu = (x: Tensor): Tensor => apply1(reluOp, [x], {});
export const sigmoid = (x: Tensor): Tensor => apply1(sigmoidOp, [x], {});
export const tanh = (x: Tensor): Tensor => apply1(tanhOp, [x], {});
export const silu = (x: Tensor): Tensor => apply(siluOp, [x], {})[0]!;
export const gelu = (x: Tensor): Tensor => apply(geluOp, [x], {})[0]!;
export const softplus = (x: Tensor): Tensor => apply1(softplusOp, [x], {});
export const cast = (x: Tensor, to: DType): Tensor => apply1(castOp, [x], { to });
export const detach = (x: Tensor): Tensor => apply1(detachOp, [x], {});
