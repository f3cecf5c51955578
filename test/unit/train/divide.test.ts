import fc from "fast-check";
import { expect, it } from "vitest";
import {
  divide,
  onePiece,
  partCount,
  smallHead,
  wholeHead,
  type PartSizes,
} from "../../../src/train/divide.ts";

const lengths = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 60 });
const most = fc.integer({ min: 1, max: 400 });
const sizes = fc.oneof(fc.record({ most, least: fc.integer({ min: 1, max: 100 }) }), fc.constant(onePiece));

function always(check: (parts: number[][], of: readonly number[], sizes: PartSizes) => void): void {
  fc.assert(
    fc.property(lengths, sizes, (of, chosen) => {
      const users = Int32Array.from(of.keys());
      check(
        divide(users, (u) => of[u]!, chosen).map((part) => Array.from(part)),
        of,
        chosen,
      );
    }),
  );
}

it("puts every user in one part, the longest first", () => {
  always((parts, of) => {
    const all = parts.flat();
    expect([...all].sort((a, b) => a - b)).toEqual([...of.keys()]);
    const found = all.map((u) => of[u]!);
    expect(found).toEqual([...found].sort((a, b) => b - a));
  });
});

it("makes parts of about the size asked for, none empty", () => {
  always((parts, of, chosen) => {
    const total = of.reduce((a, b) => a + b, 0);
    const count = partCount(total, chosen);
    expect(parts.length).toBeLessThanOrEqual(count);
    for (const part of parts) {
      expect(part.length).toBeGreaterThan(0);
      const tokens = part.reduce((sum, u) => sum + of[u]!, 0);
      expect(tokens).toBeLessThanOrEqual(total / count + Math.max(...of)); // one user is not cut in two
    }
  });
});

it("keeps a batch in one piece where it is to be", () => {
  expect(divide(Int32Array.of(3, 1, 2), () => 1000, onePiece)).toEqual([Int32Array.of(3, 1, 2)]);
});

it.each([
  [0, 1, 1],
  [200, 1, 2],
  [499, 1, 2],
  [500, 2, 2],
  [1599, 2, 2],
  [1600, 4, 4],
  [6400, 4, 4],
  [25600, 16, 16],
])("%i tokens are %i parts, %i with the whole catalogue as head", (tokens, small, whole) => {
  expect([partCount(tokens, smallHead), partCount(tokens, wholeHead)]).toEqual([small, whole]);
});
