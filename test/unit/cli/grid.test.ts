import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyOf, parseGrid, trialsOf } from "../../../cli/steps/tune/grid.ts";
import { UserError } from "../../../src/errors.ts";
import { Random } from "../../../src/random.ts";

const random = new Random(1);

describe("a grid", () => {
  it("reads lists and ranges", () => {
    expect(parseGrid(["a=1, x,true", "b.c=1e-4..1e-1", "d=.5..2"])).toEqual([
      { key: "a", values: ["1", "x", "true"] },
      { key: "b.c", from: 1e-4, to: 1e-1 },
      { key: "d", from: 0.5, to: 2 },
    ]);
  });

  it.each([["a"], ["=1"], ["a="], ["a=1,,2"], ["a=2..1"], ["a=0..1"], ["a=1,1"]])("refuses %s", (entry) => {
    expect(() => parseGrid([entry])).toThrow(UserError);
  });

  it("refuses a key that comes twice", () => {
    expect(() => parseGrid(["a=1", "a=2"])).toThrow("once");
  });

  it("is every combination, the last setting turning fastest", () => {
    const trials = trialsOf(parseGrid(["a=1,2", "b=x,y"]), undefined, random);
    expect(trials.map(({ a, b }) => `${a!}${b!}`)).toEqual(["1x", "1y", "2x", "2y"]);
  });

  it("of a million combinations wants to know how many", () => {
    const axes = Array.from({ length: 20 }, (_, n) => `a${n}=1,2`);
    expect(() => trialsOf(parseGrid(axes), undefined, random)).toThrow("--trials");
  });
});

describe("drawn trials", () => {
  it("differ, lie within the grid, and begin with those of a smaller number", () => {
    const axes = parseGrid(["a=1,2,3", "b=0.01..10"]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), (count, seed) => {
        const trials = trialsOf(axes, count, new Random(seed));
        expect(new Set(trials.map(keyOf)).size).toBe(count);
        for (const { a, b } of trials) {
          expect(["1", "2", "3"]).toContain(a);
          expect(Number(b)).toBeGreaterThanOrEqual(0.01);
          expect(Number(b)).toBeLessThanOrEqual(10);
        }
        expect(trialsOf(axes, count + 5, new Random(seed)).slice(0, count)).toEqual(trials);
      }),
    );
  });

  it("are all there are where more are wanted", () => {
    expect(trialsOf(parseGrid(["a=1,2", "b=x,y"]), 9, random)).toHaveLength(4);
    expect(trialsOf(parseGrid(["a=1..1.001"]), 9, random)).toHaveLength(1); // to three digits
  });

  it("take every order of magnitude alike", () => {
    const trials = trialsOf(parseGrid(["a=0.001..10"]), 400, random);
    const small = trials.filter(({ a }) => Number(a) < 0.1).length;
    expect(small).toBeGreaterThan(160);
    expect(small).toBeLessThan(240);
  });
});
