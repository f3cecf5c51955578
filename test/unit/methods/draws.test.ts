/** What the draws of the methods are, against their definitions. */
import { describe, expect, it } from "vitest";
import { drawRank, drawWeighted, largest, RestOfCatalogue } from "../../../src/methods/draws.ts";
import { lengthOfList, once, withoutFills } from "../../../src/methods/rows.ts";
import { Random } from "../../../src/random.ts";

const times = 20_000;

/** How often each outcome came up. */
function shares(n: number, draw: (random: Random) => number): number[] {
  const random = new Random(1);
  const counts = new Array<number>(n).fill(0);
  for (let i = 0; i < times; i++) counts[draw(random)]!++;
  return counts.map((count) => count / times);
}
const near = (found: readonly number[], raw: readonly number[]) => {
  const total = raw.reduce((a, b) => a + b);
  expect(found).toHaveLength(raw.length);
  raw.forEach((w, i) => expect(Math.abs(found[i]! - w / total)).toBeLessThan(0.015));
};

describe("draws", () => {
  it("largest sorts, keeps the order of equal keys, and gives all where there are fewer", () => {
    expect(Array.from(largest(Float64Array.of(1, 3, 3, 2, 3), 3))).toEqual([1, 2, 4]);
    expect(Array.from(largest(Float64Array.of(1, 3, 3, 2, 3), 2))).toEqual([1, 2]);
    expect(Array.from(largest(Float64Array.of(-1, 3), 5))).toEqual([1, 0]);
    expect(largest(new Float64Array(0), 2)).toHaveLength(0);
  });

  it("drawWeighted draws by weight, in the order of drawing, each place once", () => {
    const logits = [0, Math.log(2), Math.log(5)];
    const draw = (random: Random) => drawWeighted(Float64Array.from(logits), 3, random);
    near(shares(3, (random) => draw(random)[0]!), [1, 2, 5]); // prettier-ignore
    // second, without the first: P(1) = P(0) 2/7 + P(2) 2/3, and so on
    near(
      shares(3, (random) => draw(random)[1]!),
      [
        (2 / 8) * (1 / 6) + (5 / 8) * (1 / 3),
        (1 / 8) * (2 / 7) + (5 / 8) * (2 / 3),
        (1 / 8) * (5 / 7) + (2 / 8) * (5 / 6),
      ],
    );
    expect(Array.from(draw(new Random(2))).sort()).toEqual([0, 1, 2]);
  });

  it("drawRank follows exp(-rank / scale), also where that is nearly flat", () => {
    near(shares(4, (random) => drawRank(4, 2, random)), [0, 1, 2, 3].map((r) => Math.exp(-r / 2))); // prettier-ignore
    near(shares(4, (random) => drawRank(4, 60_000, random)), [1, 1, 1, 1]); // prettier-ignore
    expect(drawRank(1, 3, new Random(1))).toBe(0);
  });

  it("the rest of a catalogue is drawn uniformly, each item once, and never what is closed", () => {
    const rest = new RestOfCatalogue(8);
    const draw = (n: number) => (random: Random) => {
      rest.open(Int32Array.of(0, 2, -1), Int32Array.of(2, 7));
      const drawn = new Int32Array(n);
      expect(rest.draw(drawn, random)).toBe(n);
      expect(new Set(drawn).size).toBe(n);
      return drawn[n - 1]!;
    };
    near(shares(8, draw(1)), [0, 1, 0, 1, 1, 1, 1, 0]);
    near(shares(8, draw(4)), [0, 1, 0, 1, 1, 1, 1, 0]);
    near(
      shares(8, (random) => (rest.open(Int32Array.of(0, 2, 7)), rest.one(random))),
      [0, 1, 0, 1, 1, 1, 1, 0],
    );
  });

  it("draws what is left, and nothing from nothing", () => {
    const rest = new RestOfCatalogue(3);
    const drawn = new Int32Array(3).fill(-1);
    rest.open(Int32Array.of(1));
    expect(rest.draw(drawn, new Random(1))).toBe(2);
    expect(Array.from(drawn).sort()).toEqual([-1, 0, 2]);
    rest.open(Int32Array.of(0, 1, 2));
    expect(rest.draw(drawn, new Random(1))).toBe(0);
    expect(rest.one(new Random(1))).toBe(0);
  });

  it("rows: a user counts once, and fills are no items", () => {
    expect(Array.from(once(Float32Array.of(3, 1, 0, 0.25)))).toEqual([1, 1, 0, 0.25]);
    expect([lengthOfList(Int32Array.of(4, 2, -1)), lengthOfList(Int32Array.of(4, 2))]).toEqual([2, 2]);
    const { items, keep } = withoutFills(Int32Array.of(4, -1, 0));
    expect([Array.from(items), Array.from(keep)]).toEqual([
      [4, 0, 0],
      [1, 0, 1],
    ]);
  });
});
