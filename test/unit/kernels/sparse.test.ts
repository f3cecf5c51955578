import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Arena, at } from "../../../src/kernels/index.ts";

interface Product {
  /** Of A, row by row: columns and values, in any order, a column more than once. */
  readonly rows: readonly (readonly [column: number, value: number][])[];
  readonly n: number;
  readonly d: number;
  readonly alpha: number;
  readonly beta: number;
}

const number = fc.float({ min: -4, max: 4, noNaN: true });
const widths = [1, 2, 3, 4, 5, 7, 15, 16, 20, 31, 32, 36, 61, 64, 65, 67, 84, 128, 131];

const products: fc.Arbitrary<Product> = fc
  .record({
    m: fc.integer({ min: 0, max: 9 }),
    n: fc.integer({ min: 1, max: 7 }),
    d: fc.constantFrom(...widths),
  })
  .chain(({ m, n, d }) =>
    fc.record({
      rows: fc.array(fc.array(fc.tuple(fc.nat(n - 1), number), { maxLength: 2 * n }), {
        minLength: m,
        maxLength: m,
      }),
      n: fc.constant(n),
      d: fc.constant(d),
      alpha: number,
      beta: fc.oneof(fc.constant(0), number),
    }),
  );

const draw = (length: number, from: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(from + 1.7 * i)); // any numbers, others for another start

/** The kernel's y beside what it is to be, in float64. */
function both(
  { rows, n, d, alpha, beta }: Product,
  inPlace: boolean,
): { found: Float32Array; exact: number[] } {
  const flat = rows.flat();
  const m = rows.length;
  const arena = new Arena(m + 1 + 2 * flat.length + (n + 2 * m) * d + 64 * n, 7);
  const offsets = arena.int32(m + 1);
  rows.forEach((row, r) => (offsets[r + 1] = offsets[r]! + row.length));
  const [columns, values] = [arena.int32(flat.length), arena.float32(flat.length)];
  flat.forEach(([column, value], i) => ([columns[i], values[i]] = [column, value]));
  const [x, z, y] = [arena.float32(n * d), arena.float32(m * d), arena.float32(m * d)];
  x.set(draw(x.length, 1));
  z.set(draw(z.length, 2));
  const into = inPlace ? z : y.fill(NaN); // what stood there does not count
  const exact = rows.flatMap((row, r) =>
    Array.from({ length: d }, (_, j) =>
      row.reduce((sum, [c, v]) => sum + Math.fround(alpha) * v * x[c * d + j]!, beta * z[r * d + j]!),
    ),
  );
  const matrix = [at(offsets), at(columns), at(values)] as const;
  arena.kernels.sparseProduct(
    ...[...matrix, m, n] as const,
    ...[at(x), d, at(into), alpha, at(z), beta, at(arena.float32(64 * n))] as const,
  ); // prettier-ignore
  return { found: into, exact };
}

describe("the sparse product", () => {
  it.each([false, true])("is that of float64, for any width and any rows (into z: %s)", (inPlace) => {
    fc.assert(
      fc.property(products, (product) => {
        const { found, exact } = both(product, inPlace);
        expect(found).toHaveLength(exact.length);
        exact.forEach((e, i) => expect(Math.abs(found[i]! - e)).toBeLessThan(2e-4));
      }),
      { numRuns: 300 },
    );
  });

  it("writes its rows and nothing beside them", () => {
    for (const d of widths) {
      const arena = new Arena(5 * d + 64 + 4, 6);
      const [offsets, columns, values] = [arena.int32(2), arena.int32(1), arena.float32(1)];
      offsets[1] = 1;
      values[0] = 2;
      const [x, y] = [arena.float32(d).fill(1), arena.float32(3 * d).fill(7)];
      const panel = at(arena.float32(64));
      const [a, to] = [[at(offsets), at(columns), at(values)] as const, at(y, d)];
      arena.kernels.sparseProduct(...a, 1, 1, at(x), d, to, 1, at(x), 0, panel);
      expect(Array.from(y)).toEqual(
        Array.from({ length: 3 * d }, (_, i) => (Math.floor(i / d) === 1 ? 2 : 7)),
      );
    }
  });
});
