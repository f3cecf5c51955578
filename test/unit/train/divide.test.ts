import fc from "fast-check";
import { expect, it } from "vitest";
import { divide } from "../../../src/train/divide.ts";

const lengths = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 60 });
const targets = fc.oneof(fc.integer({ min: 1, max: 400 }), fc.constant(Infinity));

function always(check: (parts: number[][], of: readonly number[], target: number) => void): void {
  fc.assert(
    fc.property(lengths, targets, (of, target) => {
      const users = Int32Array.from(of.keys());
      check(
        divide(users, (u) => of[u]!, target).map((part) => Array.from(part)),
        of,
        target,
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
  always((parts, of, target) => {
    const total = of.reduce((a, b) => a + b, 0);
    const count = Math.max(1, Math.round(total / target));
    expect(parts.length).toBeLessThanOrEqual(count);
    for (const part of parts) {
      expect(part.length).toBeGreaterThan(0);
      const tokens = part.reduce((sum, u) => sum + of[u]!, 0);
      expect(tokens).toBeLessThanOrEqual(total / count + Math.max(...of)); // one user is not cut in two
    }
  });
});

it("keeps a batch in one piece where parts are endless", () => {
  expect(divide(Int32Array.of(3, 1, 2), () => 1000, Infinity)).toEqual([Int32Array.of(3, 1, 2)]);
});
