import fc from "fast-check";
import { expect, test } from "vitest";
import { cuts } from "../../../src/dataset/split.ts";

test.each([
  [0, 0, 0],
  [1, 1, 1],
  [2, 2, 2],
  [3, 1, 2],
  [10, 8, 9],
])("leave-one-out of %i", (n, train, valid) => {
  expect(cuts({ kind: "leave-one-out" }, n)).toEqual({ train, valid });
});

test("ratio: 0.7 + 0.1 is 0.8, whatever floating point says", () => {
  expect(cuts({ kind: "ratio", train: 0.7, valid: 0.1, order: "stored", seed: 0 }, 10)).toEqual({
    train: 7,
    valid: 8,
  });
  expect(cuts({ kind: "ratio", train: 0.1, valid: 0.2, order: "stored", seed: 0 }, 5)).toEqual({
    train: 1,
    valid: 1,
  });
});

test("temporal: the last shares of the whole", () => {
  expect(cuts({ kind: "temporal", valid: 0.1, test: 0.2 }, 1000)).toEqual({ train: 700, valid: 800 });
});

test("cuts are in order and inside, and train is never empty per user", () => {
  fc.assert(
    fc.property(fc.nat(5000), fc.integer({ min: 1, max: 100 }), fc.nat(100), (n, a, b) => {
      const train = a / 100;
      const valid = Math.min(b / 100, 1 - train);
      const at = cuts({ kind: "ratio", train, valid, order: "stored", seed: 0 }, n + 1);
      expect(at.train).toBeGreaterThanOrEqual(1);
      expect(at.valid).toBeGreaterThanOrEqual(at.train);
      expect(at.valid).toBeLessThanOrEqual(n + 1);
    }),
  );
});
