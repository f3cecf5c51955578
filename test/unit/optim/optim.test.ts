import { describe, expect, it } from "vitest";
import { Random } from "../../../src/random.ts";
import { Optimiser, optimiserOptions, type GradientArrays, type Weights } from "../../../src/optim/index.ts";

const f32 = (...numbers: number[]) => Float32Array.from(numbers);
const dense = (...numbers: number[]): GradientArrays => ({ dense: f32(...numbers), rows: [] });
const weightsOf = (shape: number[], ...numbers: number[]): Weights => ({
  w: { shape, data: f32(...numbers) },
});

/** Applies the gradients one after another. @returns the weights. */
function run(
  weights: Weights,
  options: Record<string, unknown>,
  gradients: readonly GradientArrays[],
): number[] {
  const optimiser = new Optimiser(weights, optimiserOptions.parse(options));
  for (const w of gradients) optimiser.update({ w });
  return Array.from(weights["w"]!.data);
}

const near = (found: readonly number[], expected: readonly number[]) => {
  expect(found).toHaveLength(expected.length);
  expected.forEach((e, i) => expect(found[i]).toBeCloseTo(e, 6));
};

/** Algorithm 1 of Adam, in float64; `decoupled` is AdamW's decay. */
function adamByHand(
  w: number,
  gradients: readonly number[],
  { rate = 0.1, b1 = 0.9, b2 = 0.98, coupled = 0, decoupled = 0 },
) {
  let [m, v] = [0, 0];
  gradients.forEach((raw, i) => {
    const g = raw + coupled * w;
    m = b1 * m + (1 - b1) * g;
    v = b2 * v + (1 - b2) * g * g;
    const step = m / (1 - b1 ** (i + 1)) / (Math.sqrt(v / (1 - b2 ** (i + 1))) + 1e-8);
    w -= rate * (step + decoupled * w);
  });
  return w;
}

describe("Adam", () => {
  it("moves by the learning rate at its first step, whatever the size of the gradient", () => {
    near(run(weightsOf([3], 1, 1, 1), { learningRate: 0.1 }, [dense(0.5, -50, 0)]), [0.9, 1.1, 1]);
  });

  it("follows its algorithm over several steps", () => {
    const found = run(weightsOf([2], 1, -2), { learningRate: 0.1 }, [
      dense(1, 3),
      dense(-2, 3),
      dense(0.5, 3),
    ]);
    near(found, [adamByHand(1, [1, -2, 0.5], {}), adamByHand(-2, [3, 3, 3], {})]);
  });

  it("adds decay to the gradient; AdamW adds it to the step", () => {
    const options = { learningRate: 0.1, weightDecay: 0.2 };
    const gradients = () => [dense(1), dense(-0.5)];
    near(run(weightsOf([1], 3), options, gradients()), [adamByHand(3, [1, -0.5], { coupled: 0.2 })]);
    near(run(weightsOf([1], 3), { ...options, optimiser: "adamw" }, gradients()), [
      adamByHand(3, [1, -0.5], { decoupled: 0.2 }),
    ]);
  });
});

it("SGD subtracts rate times gradient and decay", () => {
  const options = { optimiser: "sgd", learningRate: 0.5, weightDecay: 0.1 };
  near(run(weightsOf([2], 1, 2), options, [dense(4, -2)]), [1 - 0.5 * (4 + 0.1), 2 - 0.5 * (-2 + 0.2)]);
});

describe("clipping", () => {
  it("scales all gradients together so that their common norm is the bound", () => {
    const weights: Weights = { a: { shape: [1], data: f32(0) }, b: { shape: [2, 1], data: f32(0, 0) } };
    const options = optimiserOptions.parse({ optimiser: "sgd", learningRate: 1, clip: 1 });
    const rows = [{ indices: Int32Array.of(1), values: f32(4) }];
    new Optimiser(weights, options).update({ a: dense(3), b: { dense: null, rows } });
    near(Array.from(weights["a"]!.data), [-0.6]);
    near(Array.from(weights["b"]!.data), [0, -0.8]);
  });

  it("leaves small gradients alone, zeros too", () => {
    near(run(weightsOf([2], 0, 0), { optimiser: "sgd", learningRate: 1, clip: 10 }, [dense(3, 4)]), [-3, -4]);
    near(run(weightsOf([2], 1, 2), { optimiser: "sgd", learningRate: 1, clip: 10 }, [dense(0, 0)]), [1, 2]);
  });
});

it("warms up linearly and stays at the full rate", () => {
  const weights = weightsOf([1], 0);
  const optimiser = new Optimiser(
    weights,
    optimiserOptions.parse({ optimiser: "sgd", learningRate: 1, warmup: 4 }),
  );
  const moves = [1, 2, 3, 4, 5, 6].map(() => {
    const before = weights["w"]!.data[0]!;
    optimiser.update({ w: dense(1) });
    return before - weights["w"]!.data[0]!;
  });
  near(moves, [0.25, 0.5, 0.75, 1, 1, 1]);
});

describe("row updates of a [4, 2] table", () => {
  const start = [1, 2, 3, 4, 5, 6, 7, 8];
  const rows = (indices: number[], ...values: number[]): GradientArrays => ({
    dense: null,
    rows: [{ indices: Int32Array.from(indices), values: f32(...values) }],
  });

  it.each(["adam", "adamw", "sgd"])(
    "%s: touched rows move as in a dense update, others stay",
    (optimiser) => {
      const options = { optimiser, learningRate: 0.1, weightDecay: 0.01 };
      const sparse = run(weightsOf([4, 2], ...start), options, [
        rows([2, 0], 1, -1, 0.5, 2),
        rows([2, 0], 3, 1, 1, 1),
      ]);
      const full = run(weightsOf([4, 2], ...start), options, [
        dense(0.5, 2, 0, 0, 1, -1, 0, 0),
        dense(1, 1, 0, 0, 3, 1, 0, 0),
      ]);
      expect([sparse.slice(2, 4), sparse.slice(6, 8)]).toEqual([start.slice(2, 4), start.slice(6, 8)]);
      expect([...sparse.slice(0, 2), ...sparse.slice(4, 6)]).toEqual([
        ...full.slice(0, 2),
        ...full.slice(4, 6),
      ]);
    },
  );

  it("adds repeated rows up, within one part and over parts, before the update", () => {
    const part = (index: number, ...values: number[]) => ({
      indices: Int32Array.of(index),
      values: f32(...values),
    });
    const twice = { dense: null, rows: [part(1, 1, 2), part(1, 3, 4)] };
    const once = run(weightsOf([4, 2], ...start), {}, [rows([1], 4, 6)]);
    expect(run(weightsOf([4, 2], ...start), {}, [twice])).toEqual(once);
    expect(run(weightsOf([4, 2], ...start), {}, [rows([1, 1], 1, 2, 3, 4)])).toEqual(once);
  });

  it("joins rows to a dense gradient of the same table", () => {
    const both = { dense: f32(1, 1, 1, 1, 1, 1, 1, 1), rows: rows([3], 2, 2).rows };
    const options = { optimiser: "sgd", learningRate: 1 };
    near(run(weightsOf([4, 2], ...start), options, [both]), [0, 1, 2, 3, 4, 5, 4, 5]);
  });

  it("forgets a step's rows before the next one", () => {
    const options = { optimiser: "sgd", learningRate: 1 };
    near(
      run(weightsOf([4, 2], ...start), options, [rows([0], 1, 1), rows([1], 1, 1)]),
      [0, 1, 2, 3, 5, 6, 7, 8],
    );
  });

  it("moves nothing for no rows", () => {
    expect(run(weightsOf([4, 2], ...start), {}, [rows([])])).toEqual(start);
  });
});

describe('untouched: "move"', () => {
  const [rows, width, steps] = [7, 5, 600]; // more steps than are remembered at once
  const random = new Random("untouched");
  const start = Array.from({ length: rows * width }, () => random.normal());
  /** Two rows per step, the last of them never; one of the two is sometimes the same. */
  const drawn = Array.from({ length: steps }, () => ({
    indices: Int32Array.of(random.integer(rows - 1), random.integer(rows - 1)),
    values: Float32Array.from({ length: 2 * width }, () => random.normal()),
  }));

  function trained(asRows: boolean, options: Record<string, unknown>) {
    const weights = weightsOf([rows, width], ...start);
    const optimiser = new Optimiser(weights, optimiserOptions.parse({ untouched: "move", ...options }));
    for (const { indices, values } of drawn) {
      optimiser.catchUp({ w: indices });
      const whole = new Float32Array(rows * width);
      indices.forEach((r, n) => {
        for (let d = 0; d < width; d++) whole[r * width + d]! += values[n * width + d]!;
      });
      optimiser.update({
        w: asRows ? { dense: null, rows: [{ indices, values }] } : { dense: whole, rows: [] },
      });
    }
    optimiser.catchUp();
    return { w: weights["w"]!.data, ...optimiser.state.moments["w"] };
  }

  it.each([
    { weightDecay: 0.01 },
    { weightDecay: 0 },
    { optimiser: "adamw", weightDecay: 0.01, warmup: 50 },
    { optimiser: "sgd", weightDecay: 0.01, learningRate: 0.01 },
  ])("is dense training, number for number: %o", (options) => {
    expect(trained(true, options)).toEqual(trained(false, options));
  });

  it("refuses a row that was read before it was up to date", () => {
    const weights = weightsOf([2, 1], 1, 1);
    const optimiser = new Optimiser(weights, optimiserOptions.parse({ untouched: "move" }));
    const of = (r: number) => ({ w: { dense: null, rows: [{ indices: Int32Array.of(r), values: f32(1) }] } });
    optimiser.update(of(0));
    expect(() => optimiser.update(of(1))).toThrow("internal: row 1 was read 1 steps late");
  });
});
