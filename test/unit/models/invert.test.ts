import { expect, it } from "vitest";
import { square } from "../../../src/models/invert.ts";
import { Random } from "../../../src/random.ts";

/** G^T G + I of random numbers: element i, j. */
function positive(m: number): (i: number, j: number) => number {
  const random = new Random(m);
  const g = Array.from({ length: m }, () => Float64Array.from({ length: m }, () => random.normal()));
  return (i, j) => g.reduce((s, row) => s + row[i]! * row[j]!, i === j ? 1 : 0);
}

it.each([1, 3, 4, 8, 11, 30])("the inverse times the matrix is the identity, size %i", (m) => {
  const element = positive(m);
  const { a, n, invert } = square(m);
  for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) a[i * n + j] = j <= i ? element(i, j) : NaN; // the lower half says all
  invert();
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      expect(a[i * n + j]).toBe(a[j * n + i]);
      if (i >= m || j >= m) expect(a[i * n + j]).toBe(i === j ? 1 : 0);
      else {
        let s = 0;
        for (let k = 0; k < m; k++) s += a[i * n + k]! * element(k, j);
        expect(s).toBeCloseTo(i === j ? 1 : 0, 9);
      }
    }
});

it("refuses what is not positive definite", () => {
  expect(() => square(4).invert()).toThrow(/not positive definite, at row 0/);
});
