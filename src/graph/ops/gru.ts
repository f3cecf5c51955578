/** A gated recurrent unit over steps of time, as a loop of ONNX (Scan): a graph of the same size for any length. */
import { internal } from "../../errors.ts";
import { product, show } from "../shape.ts";
import {
  apply,
  apply1,
  type Dim,
  type Emitter,
  type Op,
  type Shape,
  type Tensor,
  type Value,
} from "../tensor.ts";
import { cast, mul, sub } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { concat, reshape, slice } from "./movement.ts";

type Empty = Readonly<Record<string, never>>;

/**
 * With p_t = k_t h_(t-1), u = p W:
 *   r = sigmoid(x_r + u_r), z = sigmoid(x_z + u_z), n = tanh(x_n + r u_n), h_t = n + z (p - n)
 *
 *   x [T, R, 3*D] the inputs' share of r, z and n  k [T, R, 1] int32, 0 where the state begins anew, else 1
 *   W [D, 3*D]  ->  h [T, R, D]
 *
 * Outputs 2 to 5 serve the gradient only: p, (r, z) [T, R, 2*D], n, u_n. With dh the whole gradient of h_t:
 *   du = dh (r', z', n'),  r' = n* u_n r (1 - r),  z' = (p - n) z (1 - z),  n' = n* r,  n* = (1 - z) (1 - n^2)
 *   dx = dh (r', z', n*),  dW = p^T du,  and dh_(t-1) takes k (dh z + du W^T): see {@link gruBackwardOp}
 */
export const gruOp: Op<Empty> = {
  name: "Gru",
  shapes: ([x, k, w]) => {
    const [t, r, wide] = x!.shape as [Dim, Dim, Dim];
    const d = Number(w!.shape[0]);
    if (wide !== 3 * d || w!.shape[1] !== wide || k!.shape.length !== 3)
      throw internal(`Gru: expected x [T, R, 3*D] and W [D, 3*D], got ${show(x!.shape)}, ${show(w!.shape)}`);
    return [d, d, 2 * d, d, d].map((width) => [t, r, width]);
  },
  gradient: ([_x, k, w], [_h, p, gates, n, un], [dy]) => {
    const d = Number(w!.shape[0]);
    const [r, z] = [slice(gates!, 2, 0, d), slice(gates!, 2, d, 2 * d)];
    const inner = mul(sub(1, z), sub(1, mul(n!, n!))); // n*
    const toR = mul(mul(inner, un!), mul(r, sub(1, r)));
    const toZ = mul(sub(p!, n!), mul(z, sub(1, z)));
    const toU = concat([toR, toZ, mul(inner, r)], 2); // [T, R, 3*D]
    const kept = cast(k!, "float32");
    const dh = apply1(gruBackwardOp, [dy!, mul(z, kept), mul(toU, kept), w!], {}); // [T, R, D]
    const all = concat([dh, dh, dh], 2);
    const flat = (x: Tensor) => reshape(x, [product(x.shape.slice(0, 2)), x.shape[2]!]);
    const dw = matmul(flat(p!), flat(mul(all, toU)), { transA: true });
    return [mul(all, concat([toR, toZ, inner], 2)), null, dw];
  },
  onnx: (e, [x, k, w], _attributes, { outputs }) => {
    const [r, d] = [outputs[0]!.shape[1]!, Number(outputs[0]!.shape[2])];
    const body = e.body(
      [
        { dtype: "float32", shape: ["r", d] },
        { dtype: "float32", shape: ["r", 3 * d] },
        { dtype: "float32", shape: ["r", 1] },
      ],
      (b, [h, xt, kt]) => gruStep(b, { h: h!, x: xt!, k: kt!, w: w! }, d),
    );
    const [kept] = e.node("Cast", [k!], { to: 1 });
    const start = zeros(e, [r, d]);
    return e
      .node("Scan", [start, x!, kept!], { body: { graph: body }, num_scan_inputs: 2 }, outputs.length + 1)
      .slice(1);
  },
  reference: ([x, k, w]) => gruReference(x!, k!, w!),
  samples: [
    {
      inputs: [{ shape: [4, 2, 9] }, { shape: [4, 2, 1], integers: 2 }, { shape: [3, 9], range: [-2, 2] }],
      attributes: {},
    },
  ],
};

const zeros = (e: Emitter, shape: Shape) => e.node("Expand", [e.float([0], []), e.shape(shape)])[0]!;

function gruStep(
  e: Emitter,
  { h, x, k, w }: Record<"h" | "x" | "k" | "w", string>,
  d: number,
): readonly string[] {
  const one = (type: string, ...args: string[]) => e.node(type, args)[0]!;
  const split = (name: string, sizes: number[]) =>
    e.node("Split", [name, e.int64(sizes)], { axis: -1 }, 2) as [string, string];
  const p = one("Mul", h, k); //                                   [R, D]
  const [xGates, xn] = split(x, [2 * d, d]);
  const [uGates, un] = split(one("MatMul", p, w), [2 * d, d]);
  const gates = one("Sigmoid", one("Add", xGates, uGates)); //     [R, 2*D]
  const [r, z] = split(gates, [d, d]);
  const n = one("Tanh", one("Add", xn, one("Mul", r, un))); //     [R, D]
  const next = one("Add", n, one("Mul", z, one("Sub", p, n))); //  [R, D]
  return [next, one("Identity", next), p, gates, n, un];
}

function gruReference(x: Value, k: Value, w: Value): Value[] {
  const [t, r, d] = [x.shape[0]!, x.shape[1]!, w.shape[0]!];
  const made = (width: number) => ({ shape: [t, r, width], data: new Float64Array(t * r * width) });
  const [h, p, gates, n, un] = [made(d), made(d), made(2 * d), made(d), made(d)];
  const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
  for (let at = 0; at < t * r; at++) {
    for (let c = 0; c < d; c++) p.data[at * d + c] = at < r ? 0 : k.data[at]! * h.data[(at - r) * d + c]!;
    const u = Array.from({ length: 3 * d }, (_, c) =>
      p.data.subarray(at * d, (at + 1) * d).reduce((s, v, i) => s + v * w.data[i * 3 * d + c]!, 0),
    );
    const input = (c: number) => x.data[at * 3 * d + c]!;
    for (let c = 0; c < 2 * d; c++) gates.data[at * 2 * d + c] = sigmoid(input(c) + u[c]!);
    for (let c = 0; c < d; c++) {
      const [rc, zc] = [gates.data[at * 2 * d + c]!, gates.data[at * 2 * d + d + c]!];
      un.data[at * d + c] = u[2 * d + c]!;
      const nc = Math.tanh(input(2 * d + c) + rc * u[2 * d + c]!);
      n.data[at * d + c] = nc;
      h.data[at * d + c] = nc + zc * (p.data[at * d + c]! - nc);
    }
  }
  return [h, p, gates, n, un];
}

/**
 * The way back: dh_t = dy_t + c_t, c_(t-1) = dh_t z_t + ((dh_t, dh_t, dh_t) g_t) W^T, from the last step to the first.
 * dy, z [T, R, D]  g [T, R, 3*D]  W [D, 3*D]  ->  dh [T, R, D]
 */
export const gruBackwardOp: Op<Empty> = {
  name: "GruBackward",
  shapes: ([dy]) => [dy!.shape],
  gradient: () => {
    throw internal("GruBackward: has no gradient");
  },
  onnx: (e, [dy, z, g, w], _attributes, { outputs }) => {
    const [r, d] = [outputs[0]!.shape[1]!, Number(outputs[0]!.shape[2])];
    const row = { dtype: "float32", shape: ["r", d] } as const;
    const body = e.body([row, row, row, { dtype: "float32", shape: ["r", 3 * d] }], (b, names) => {
      const [carry, dyt, zt, gt] = names as [string, string, string, string];
      const [dh] = b.node("Add", [dyt, carry]) as [string];
      const [du] = b.node("Mul", [b.node("Concat", [dh, dh, dh], { axis: -1 })[0]!, gt]);
      const [through] = b.node("Mul", [dh, zt]);
      return [b.node("Gemm", [du!, w!, through!], { transB: 1 })[0]!, b.node("Identity", [dh])[0]!];
    });
    const backwards = { scan_input_directions: [1, 1, 1], scan_output_directions: [1] };
    const start = zeros(e, [r, d]);
    const attributes = { body: { graph: body }, num_scan_inputs: 3, ...backwards };
    return e.node("Scan", [start, dy!, z!, g!], attributes, 2).slice(1);
  },
  reference: ([dy, z, g, w]) => {
    const [r, d] = [dy!.shape[1]!, dy!.shape[2]!];
    const dh = Float64Array.from(dy!.data);
    for (let at = dh.length / d - 1; at >= r; at--)
      for (let c = 0; c < d; c++) {
        let carry = dh[at * d + c]! * z!.data[at * d + c]!;
        for (let j = 0; j < 3 * d; j++)
          carry += dh[at * d + (j % d)]! * g!.data[at * 3 * d + j]! * w!.data[c * 3 * d + j]!;
        dh[(at - r) * d + c]! += carry;
      }
    return [{ shape: dy!.shape, data: dh }];
  },
  samples: [
    {
      inputs: [{ shape: [4, 2, 3] }, { shape: [4, 2, 3] }, { shape: [4, 2, 9] }, { shape: [3, 9] }],
      attributes: {},
    },
  ],
};

/** @returns the states [T, R, D] of {@link gruOp}. */
export const gru = (x: Tensor, k: Tensor, w: Tensor): Tensor => apply(gruOp, [x, k, w], {})[0]!;
