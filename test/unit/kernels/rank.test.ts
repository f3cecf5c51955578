import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Arena, at, listScratch, orderScratch } from "../../../src/kernels/index.ts";
import { Random } from "../../../src/random.ts";

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

  it("orderAll gives a full sort of all items, masked ones last", () => {
    fc.assert(
      fc.property(scores, (values) => {
        const n = values.length;
        const arena = new Arena(2 * n + orderScratch(n), 3);
        const [s, order, scratch] = [arena.float32(n), arena.int32(n), arena.int32(orderScratch(n))];
        s.set(values);
        scratch.fill(-1); // what an earlier row left behind
        const candidates = arena.kernels.orderAll(at(s), n, at(order), at(scratch));
        expect(candidates).toBe(s.filter((x) => x !== -Infinity).length);
        const byDefinition = Array.from(s.keys()).sort((a, b) => (s[a] === s[b] ? a - b : s[b]! - s[a]!));
        expect(Array.from(order)).toEqual(byDefinition);
      }),
    );
  });

  it("longList gives the order of a full sort: distinct scores, ties, infinite ones, few candidates", () => {
    const random = new Random(5);
    const n = 4003;
    const arena = new Arena(2 * n + listScratch(n), 3);
    const [s, best, scratch] = [arena.float32(n), arena.int32(n), arena.int32(listScratch(n))];
    const kinds: readonly (() => number)[] = [
      () => random.normal(),
      () => random.integer(9) - 4,
      () => [-Infinity, -Infinity, 0, Infinity][random.integer(4)]!,
      () => (random.integer(200) === 0 ? random.normal() : -Infinity),
      () => -1 - random.uniform() / 2 ** 20,
    ];
    for (const draw of kinds)
      for (const k of [1, 10, 40, 100, 200, 300, 3000]) {
        s.set(Float32Array.from({ length: n }, draw));
        scratch.fill(-1);
        const size = arena.kernels.longList(at(s), n, k, at(best), at(scratch));
        expect(Array.from(best.subarray(0, size))).toEqual(order(s).slice(0, k));
      }
  });

  it("orderAll takes -0 for 0, and every bit of a score counts", () => {
    const values = Float32Array.of(-0, 0, -0, 1e-45, 1, 1 + 2 ** -23, -1 - 2 ** -23, -1);
    const arena = new Arena(16 + orderScratch(8), 3);
    const [s, order] = [arena.float32(8), arena.int32(8)];
    s.set(values);
    arena.kernels.orderAll(at(s), 8, at(order), at(arena.int32(orderScratch(8))));
    expect(Array.from(order)).toEqual([5, 4, 3, 0, 1, 2, 7, 6]);
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
