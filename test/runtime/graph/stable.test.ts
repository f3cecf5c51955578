/** Delicate compositions where hand-written ones overflow, in float32 on ONNX Runtime and in float64. */
import { describe, expect, it } from "vitest";
import {
  input,
  klFromLogits,
  logSigmoid,
  logSumExp,
  mul,
  silu,
  sum,
  unit,
  type Tensor,
} from "../../../src/graph/index.ts";
import {
  differences,
  gradientOf,
  inFloat64,
  onRuntime,
  value,
  type Values,
} from "../../contracts/graph-values.ts";

/** Both executors agree with the known numbers, to the precision of each. */
async function both(t: Tensor, values: Values, known: readonly number[]): Promise<void> {
  const [exact, single] = [inFloat64(t, values), await onRuntime(t, values)];
  expect(exact).toHaveLength(known.length);
  known.forEach((k, i) => {
    expect(Math.abs(exact[i]! - k)).toBeLessThanOrEqual(1e-12 * (1 + Math.abs(k)));
    expect(Math.abs(single[i]! - k)).toBeLessThanOrEqual(2e-6 * (1 + Math.abs(k)));
  });
}

describe("logSigmoid", () => {
  const x = input("x", [5]);
  const values = { x: value([-100, -1, 0, 1, 100]) };

  it("is x far below zero, and 0 far above", async () => {
    const known = [-100, Math.log(1 / (1 + Math.E)), -Math.LN2, -Math.log(1 + 1 / Math.E), 0];
    await both(logSigmoid(x), values, known);
  });

  it("has the derivative sigmoid(-x) everywhere", async () => {
    const known = [1, 1 / (1 + 1 / Math.E), 0.5, 1 / (1 + Math.E), 0];
    await both(gradientOf(sum(logSigmoid(x)), x), values, known);
  });
});

describe("logSumExp", () => {
  const x = input("x", [5, 3]);
  const rows = [
    [100, 100, 100], // a tie
    [-100, -100, -100],
    [100, 0, -100],
    [-1e9, 2, -1e9], // masks
    [-1e9, -1e9, -1e9], // nothing but masks
  ];
  const values = { x: value(rows.flat(), [5, 3]) };

  it("neither overflows nor loses small numbers", async () => {
    await both(logSumExp(x), values, [100 + Math.log(3), -100 + Math.log(3), 100, 2, -1e9 + Math.log(3)]);
  });

  it("has softmax as its gradient, equal shares at a tie", async () => {
    const third = [1 / 3, 1 / 3, 1 / 3];
    await both(gradientOf(sum(logSumExp(x)), x), values, [third, third, [1, 0, 0], [0, 1, 0], third].flat());
  });
});

describe("klFromLogits", () => {
  const [a, z] = [input("a", [4, 3]), input("z", [4, 3])];
  const kl = klFromLogits(a, z);

  it("is 0 for equal logits and for logits that differ by a constant", async () => {
    const rows = [100, 0, -100, 1, 1, 1, -1e9, 0, 1, 3, 2, 1];
    const shifted = rows.map((v, i) => (i < 6 ? v + 7 : v));
    await both(kl, { a: value(rows, [4, 3]), z: value(shifted, [4, 3]) }, [0, 0, 0, 0]);
  });

  it("counts a masked item of the teacher as nothing, and is large where the student is sure of another", async () => {
    const teacher = [0, 0, -1e9, 100, 0, 0, -100, -100, -100, 0, 0, 0];
    const student = [0, 0, 0, 0, 100, 0, 0, 0, -1e9, 0, 0, 100];
    const known = [
      Math.log(3) - Math.log(2),
      100,
      1e9 / 3 + Math.log(2) - Math.log(3),
      200 / 3 - Math.log(3),
    ];
    await both(kl, { a: value(teacher, [4, 3]), z: value(student, [4, 3]) }, known);
  });

  it("has the gradient softmax(z) - softmax(a) in z", () => {
    const values = {
      a: value([1, 2, 3, 0, 0, 0, -5, 5, 0, 2, 2, 1], [4, 3]),
      z: value([3, 1, 1, 0, 1, 2, 0, 0, 0, -1, 0, 4], [4, 3]),
    };
    const found = inFloat64(gradientOf(sum(kl), z), values);
    differences(sum(kl), "z", values).forEach((d, i) => expect(found[i]).toBeCloseTo(d, 7));
  });
});

describe("silu", () => {
  const x = input("x", [5]);
  const values = { x: value([-1e9, -100, 0, 100, 1e9]) };

  it("is x far above zero, 0 far below", async () => {
    await both(silu(x), values, [0, 0, 0, 100, 1e9]);
  });

  it("has the derivative 1 far above zero, 0 far below, 1/2 at zero", async () => {
    await both(gradientOf(sum(silu(x)), x), values, [0, 0, 0.5, 1, 1]);
  });
});

describe("unit", () => {
  const [x, g] = [input("x", [5, 2]), input("g", [5, 2])];
  const rows = [[100, 100], [-100, 0], [3, -4], [0, 0], [1e-9, 0]]; // prettier-ignore
  const values = { x: value(rows.flat(), [5, 2]), g: value([2, 1, 1, 1, 5, 10, 1, -2, 1, 1], [5, 2]) };
  const half = Math.SQRT1_2;

  it("gives rows of length 1; zeros stay zeros, what is next to nothing stays short", async () => {
    const tiny = 1e-9 / Math.sqrt(1e-18 + 1e-12);
    const length = Math.sqrt(25 + 1e-12);
    const exact = [half, half, -1, 0, 3 / length, -4 / length, 0, 0, tiny, 0];
    const [found, single] = [inFloat64(unit(x), values), await onRuntime(unit(x), values)];
    exact.forEach((e, i) => {
      expect(found[i]).toBeCloseTo(e, 12);
      expect(single[i]).toBeCloseTo(e, 6);
    });
    for (const r of [0, 1, 2]) expect(Math.hypot(single[2 * r]!, single[2 * r + 1]!)).toBeCloseTo(1, 6);
  });

  it("has the gradient of its formula: along a row nothing, at zeros that of a division by 1e-6", async () => {
    const loss = sum(mul(unit(x), g));
    const [found, single] = [
      inFloat64(gradientOf(loss, x), values),
      await onRuntime(gradientOf(loss, x), values),
    ];
    const a = 0.5 / Math.hypot(100, 100);
    const known = [a, -a, 0, 0.01, 1.6, 1.2, 1e6, -2e6, 1e6, 1e6]; // (g - y (y . g)) / length
    known.forEach((e, i) => {
      expect(Math.abs(found[i]! - e)).toBeLessThanOrEqual(2e-6 * (1 + Math.abs(e)));
      expect(Math.abs(single[i]! - e)).toBeLessThanOrEqual(2e-6 * (1 + Math.abs(e)));
    });
  });
});
