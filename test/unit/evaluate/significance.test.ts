import { describe, expect, it } from "vitest";
import { bootstrapMean, bootstrapMeans, holm, pairedTTest, wilcoxon } from "../../../src/evaluate/index.ts";
import { normalTwoSided, studentTwoSided } from "../../../src/evaluate/distributions.ts";
import { Random } from "../../../src/random.ts";

describe("distributions", () => {
  it("agree with closed forms for one and two degrees of freedom", () => {
    for (const t of [0, 0.01, 0.7, 1, 2, 5, 40]) {
      expect(studentTwoSided(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(t), 12);
      expect(studentTwoSided(-t, 2)).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 12);
    }
  });
  it("agree with printed tables", () => {
    expect(studentTwoSided(2.228139, 10)).toBeCloseTo(0.05, 6);
    expect(studentTwoSided(2.749996, 30)).toBeCloseTo(0.01, 6);
    expect(normalTwoSided(1.959963985)).toBeCloseTo(0.05, 9);
    expect(normalTwoSided(2.575829304)).toBeCloseTo(0.01, 9);
    expect(normalTwoSided(0.6744897502)).toBeCloseTo(0.5, 9);
    expect(normalTwoSided(6) / 1.97317529e-9).toBeCloseTo(1, 8);
  });
  it("meet where degrees of freedom are many, and at the edges", () => {
    expect(studentTwoSided(3, 1e7) / normalTwoSided(3)).toBeCloseTo(1, 4);
    expect([studentTwoSided(0, 5), normalTwoSided(0)]).toEqual([1, 1]);
    expect([studentTwoSided(Infinity, 5), normalTwoSided(60)]).toEqual([0, 0]);
  });
});

describe("paired t-test", () => {
  it("gives the hand-computed value", () => {
    // mean 2, deviations -1 0 1, s = 1, t = 2 / (1 / sqrt 3) = 2 sqrt 3; two degrees of freedom
    const { t, p } = pairedTTest([1, 2, 3]);
    expect(t).toBeCloseTo(2 * Math.sqrt(3), 12);
    expect(p).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 12);
  });
  it("knows its limits", () => {
    expect(pairedTTest([0, 0, 0])).toEqual({ t: 0, p: 1 });
    expect(pairedTTest([2, 2, 2]).p).toBe(0);
    expect(pairedTTest([2]).p).toBe(1);
    expect(pairedTTest([]).p).toBe(1);
  });
  it("reproduces Student's own example of 1908, the two sleeping drugs", () => {
    const difference = [1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4];
    expect(pairedTTest(difference).t).toBeCloseTo(4.0621, 4);
    expect(pairedTTest(difference).p).toBeCloseTo(0.002833, 6);
  });
});

describe("Wilcoxon's signed-rank test", () => {
  it("ranks sizes, shares ties, and leaves zeros out", () => {
    // sizes 1 2 2 4 -> ranks 1 2.5 2.5 4; positive 1 + 2.5 + 4; variance (1 + 6.25 + 6.25 + 16) / 4
    const { positive, p } = wilcoxon([0, 1, -2, 2, 4, 0]);
    expect(positive).toBe(7.5);
    expect(p).toBeCloseTo(normalTwoSided((7.5 - 5) / Math.sqrt(29.5 / 4)), 12);
  });
  it("has the textbook variance n(n+1)(2n+1)/24 without ties", () => {
    const { positive, p } = wilcoxon([1, -2, 3, 4, 5, 6, -7, 8, 9, 10]);
    expect(positive).toBe(46);
    expect(p).toBeCloseTo(normalTwoSided((46 - 27.5) / Math.sqrt((10 * 11 * 21) / 24)), 12);
  });
  it("is symmetric, and 1 for identical systems", () => {
    const values = [0.3, -0.1, 0.2, 0.7, -0.4];
    expect(wilcoxon(values.map((v) => -v)).p).toBeCloseTo(wilcoxon(values).p, 12);
    expect(wilcoxon([0, 0, 0])).toEqual({ positive: 0, p: 1 });
  });
});

describe("Holm's correction", () => {
  it("gives the hand-computed values, monotone and at most 1", () => {
    // sorted .005 .01 .03 .04 times 4 3 2 1 = .02 .03 .06 .04 -> running maximum
    expect(holm([0.01, 0.04, 0.03, 0.005]).map((p) => Number(p.toFixed(12)))).toEqual([
      0.03, 0.06, 0.06, 0.02,
    ]);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});

describe("bootstrap", () => {
  it("has the normal interval's width for many users, and is repeatable", () => {
    const random = new Random(5);
    const values = Float32Array.from({ length: 4000 }, () => random.normal());
    const { mean, low, high } = bootstrapMean(values, { random: new Random(1) });
    expect(low).toBeLessThan(mean);
    expect(high).toBeGreaterThan(mean);
    expect((high - low) / (2 * 1.96 * Math.sqrt(1 / 4000))).toBeCloseTo(1, 0.9);
    expect(bootstrapMean(values, { random: new Random(1) })).toEqual({ mean, low, high });
  });
  it("enumerates a tiny case rightly: two users, means 0, 1/2, 1", () => {
    const { mean, low, high } = bootstrapMean([0, 1], { random: new Random(2), level: 0.4 });
    expect([mean, low, high]).toEqual([0.5, 0.5, 0.5]); // the middle 40 % of 1/4, 1/2, 1/4
    expect(bootstrapMean([0, 1], { random: new Random(2) })).toEqual({ mean: 0.5, low: 0, high: 1 });
  });
  it("draws the same users for every column, so that equal columns have equal intervals", () => {
    const values = [0, 0.5, 0.2, 1, 0.1];
    const [a, b] = bootstrapMeans([values, values.map((v) => v + 1)], { random: new Random(3) });
    expect(b!.low - 1).toBeCloseTo(a!.low, 12);
    expect(b!.high - 1).toBeCloseTo(a!.high, 12);
  });
  it("is 0 for nobody and a point for one", () => {
    expect(bootstrapMean([], { random: new Random(1) })).toEqual({ mean: 0, low: 0, high: 0 });
    expect(bootstrapMean([0.25], { random: new Random(1) })).toEqual({ mean: 0.25, low: 0.25, high: 0.25 });
  });
});
