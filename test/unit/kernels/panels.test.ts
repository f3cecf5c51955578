import fc from "fast-check";
import { expect, it } from "vitest";
import { Arena, at } from "../../../src/kernels/index.ts";

const number = fc.float({ min: -4, max: 4, noNaN: true });
const table = (rows: number, h: number) => fc.array(number, { minLength: rows * h, maxLength: rows * h });

/** Users, items and widths around the kernel's panels of sixteen items and vectors of four. */
const cases = fc
  .record({ n: fc.integer({ min: 0, max: 5 }), items: fc.integer({ min: 1, max: 50 }), h: fc.nat(9) })
  .chain(({ n, items, h }) =>
    fc.record({
      ...{ n: fc.constant(n), items: fc.constant(items), h: fc.constant(h) },
      ...{ users: table(n, h), rows: table(items, h), weights: table(1, h), scores: table(n, items) },
    }),
  );

interface Case {
  readonly n: number;
  readonly items: number;
  readonly h: number;
  readonly users: readonly number[]; // [N, H]
  readonly rows: readonly number[]; // [I, H]
  readonly weights: readonly number[]; // [H]
  readonly scores: readonly number[]; // [N, I]
}

interface Outcome {
  readonly found: Float32Array; // [N, I]
  /** What stands behind them, 7 before. */
  readonly behind: number;
}

/** The scores after the kernel of maxima, and after that of dot products. */
function scored({ n, items, h, ...given }: Case): { added: Outcome; dots: Outcome } {
  const size = 16 * Math.ceil(items / 16) * h;
  const arena = new Arena(n * h + size + h + 2 * (n * items + 1), 7);
  const [users, panels, weights] = [arena.float32(n * h), arena.float32(size).fill(NaN), arena.float32(h)];
  users.set(given.users);
  weights.set(given.weights);
  for (let i = 0; i < items; i++)
    for (let j = 0; j < h; j++) panels[(Math.floor(i / 16) * h + j) * 16 + (i % 16)] = given.rows[i * h + j]!;
  const outcome = (run: (out: number) => void): Outcome => {
    const [found, behind] = [arena.float32(n * items), arena.float32(1).fill(7)];
    found.set(given.scores);
    run(at(found));
    return { found, behind: behind[0]! };
  };
  const { kernels } = arena;
  return {
    added: outcome((out) => kernels.addMaxima(at(users), n, at(panels), items, at(weights), h, out)),
    dots: outcome((out) => kernels.dotPanels(at(users), n, at(panels), items, h, out)),
  };
}

it("multiplies every user with every item, number by number", () => {
  fc.assert(
    fc.property(cases, (given) => {
      const { n, items, h, users, rows } = given;
      const { found, behind } = scored(given).dots;
      expect(behind).toBe(7);
      for (let u = 0; u < n; u++)
        for (let i = 0; i < items; i++) {
          let dot = 0;
          for (let j = 0; j < h; j++)
            dot = Math.fround(dot + Math.fround(users[u * h + j]! * rows[i * h + j]!));
          expect(found[u * items + i]).toBe(dot);
        }
    }),
    { numRuns: 300 },
  );
});

it("adds the weighted maxima of every pair, as in float64", () => {
  fc.assert(
    fc.property(cases, (given) => {
      const { n, items, h, users, rows, weights, scores } = given;
      const { found, behind } = scored(given).added;
      expect(behind).toBe(7);
      for (let u = 0; u < n; u++)
        for (let i = 0; i < items; i++) {
          let exact = scores[u * items + i]!;
          for (let j = 0; j < h; j++) exact += weights[j]! * Math.max(users[u * h + j]!, rows[i * h + j]!);
          expect(Math.abs(found[u * items + i]! - exact)).toBeLessThan(1e-4);
        }
    }),
    { numRuns: 300 },
  );
});

it("takes either of two equal numbers, and infinite ones; a user's NaN stays one", () => {
  const [h, items] = [1, 18];
  const rows = Array.from({ length: items }, (_, i) => [2, -Infinity, Infinity][i % 3]!);
  const users = [2, -Infinity, NaN];
  const scores = Array.from({ length: 3 * items }, () => 1);
  const { found } = scored({ n: 3, items, h, users, rows, weights: [3], scores }).added;
  for (let i = 0; i < items; i++) {
    expect(found[i]).toBe([7, 7, Infinity][i % 3]);
    expect(found[items + i]).toBe([7, -Infinity, Infinity][i % 3]);
    expect(found[2 * items + i]).toBeNaN();
  }
});
