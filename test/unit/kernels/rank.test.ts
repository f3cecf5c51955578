import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Arena, at } from "../../../src/kernels/index.ts";

/** Few distinct values: ties are the rule. */
const scores = fc.array(
  fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(-Infinity), fc.float({ noNaN: true })),
  { minLength: 1, maxLength: 70 },
);

const order = (s: Float32Array) =>
  Array.from(s.keys())
    .filter((i) => s[i] !== -Infinity)
    .sort((a, b) => s[b]! - s[a]! || a - b);

function loaded(values: readonly number[], k: number) {
  const arena = new Arena(values.length + 2 * k, 3);
  const s = arena.float32(values.length);
  s.set(values);
  return { kernels: arena.kernels, s, best: arena.int32(k), keys: arena.float32(k) };
}

describe("ranking kernels", () => {
  it("topK gives the order of a full sort, masked items left out", () => {
    fc.assert(
      fc.property(scores, fc.integer({ min: 1, max: 80 }), (values, k) => {
        const { kernels, s, best, keys } = loaded(values, k);
        const size = kernels.topK(at(s), s.length, k, at(best), at(keys));
        expect(Array.from(best.subarray(0, size))).toEqual(order(s).slice(0, k));
      }),
    );
  });

  it("countAbove is the place in a full sort", () => {
    fc.assert(
      fc.property(scores, (values) => {
        const { kernels, s } = loaded(values, 1);
        order(s).forEach((item, place) => expect(kernels.countAbove(at(s), s.length, item)).toBe(place));
      }),
    );
  });

  it("firstNaN finds the first, wherever it stands", () => {
    for (let n = 1; n < 12; n++) {
      const { kernels, s } = loaded(new Array<number>(n).fill(1), 1);
      expect(kernels.firstNaN(at(s), n)).toBe(-1);
      for (let i = n - 1; i >= 0; i--) {
        s[i] = NaN;
        expect(kernels.firstNaN(at(s), n)).toBe(i);
      }
    }
  });
});
