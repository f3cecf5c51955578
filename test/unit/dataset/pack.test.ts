import fc from "fast-check";
import { expect, it } from "vitest";
import { pack } from "../../../src/dataset/index.ts";

const maxLength = 12;
const history = fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength });
const batches = fc.array(history, { minLength: 1, maxLength: 15 });

/** Checks a property of the packed form of any batch. */
function always(check: (packed: ReturnType<typeof pack>, histories: readonly number[][]) => void): void {
  fc.assert(fc.property(batches, (lists) => check(pack(lists.map((l) => Int32Array.from(l))), lists))); // prettier-ignore
}

it("holds every history whole, in one row, and no two in one place", () => {
  always(({ items, starts, width, rows }, histories) => {
    const owner = new Int32Array(rows * width).fill(-1);
    histories.forEach((list, s) => {
      const start = starts[s]!;
      expect(Array.from(items.subarray(start, start + list.length))).toEqual(list);
      expect(Math.floor(start / width)).toBe(Math.floor((start + list.length - 1) / width));
      expect(owner.subarray(start, start + list.length).every((o) => o === -1)).toBe(true);
      owner.fill(s, start, start + list.length);
    });
    expect(items.every((item, at) => owner[at] !== -1 || item === 0)).toBe(true);
  });
});

it("knows at which column the history of a token starts: what it sees is from there to itself", () => {
  always(({ first, starts, width, rows }, histories) => {
    const expected = Array.from({ length: rows * width }, (_, at) => at % width); // padding sees itself
    histories.forEach((list, s) => expected.fill(starts[s]! % width, starts[s], starts[s]! + list.length));
    expect(Array.from(first)).toEqual(expected);
  });
});

it("counts positions from the oldest item of every history", () => {
  always(({ positions, starts }, histories) => {
    histories.forEach((list, s) => {
      const found = Array.from(positions.subarray(starts[s], starts[s]! + list.length));
      expect(found).toEqual(list.map((_, i) => i));
    });
  });
});

it("is as wide as the longest history and wastes at most one row in two", () => {
  always(({ width, rows, items, positions, first }, histories) => {
    const tokens = histories.reduce((n, list) => n + list.length, 0);
    expect(width).toBe(Math.max(...histories.map((list) => list.length)));
    expect(rows).toBeLessThanOrEqual(Math.max(1, Math.ceil((2 * tokens) / width)));
    expect([items.length, positions.length, first.length]).toEqual([
      rows * width,
      rows * width,
      rows * width,
    ]);
  });
});

it("packs nothing into nothing", () => {
  expect(pack([])).toMatchObject({ rows: 0, width: 1 });
});
