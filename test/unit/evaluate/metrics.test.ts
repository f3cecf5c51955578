import { describe, expect, it } from "vitest";
import { cutoffMetrics, listMetrics, rankingMetrics } from "../../../src/evaluate/index.ts";

const { ndcg, recall, hr, precision, map } = cutoffMetrics;
const { mrr } = rankingMetrics;

describe("metrics of one user, by hand", () => {
  // Three targets at ranks 1, 3 and 12, so two of them in the top 5.
  const ranks = [1, 3, 12];
  it("counts hits", () => {
    expect(recall(ranks, 5)).toBeCloseTo(2 / 3, 12);
    expect(precision(ranks, 5)).toBeCloseTo(2 / 5, 12);
    expect(hr(ranks, 5)).toBe(1);
    expect(hr([6], 5)).toBe(0);
    expect(hr([5], 5)).toBe(1);
  });
  it("discounts by log2(rank + 1)", () => {
    // DCG = 1/log2(2) + 1/log2(4) = 1.5; IDCG = 1 + 1/log2(3) + 1/2 = 2.130930
    expect(ndcg(ranks, 5)).toBeCloseTo(1.5 / 2.1309297535714573, 12);
    expect(ndcg([3], 10)).toBeCloseTo(0.5, 12);
    // the ideal list holds min(|targets|, k) targets
    expect(ndcg([1, 2, 3], 2)).toBeCloseTo(1, 12);
  });
  it("averages precision at the hits", () => {
    expect(map(ranks, 5)).toBeCloseTo((1 / 1 + 2 / 3) / 3, 12);
    expect(map(ranks, 20)).toBeCloseTo((1 / 1 + 2 / 3 + 3 / 12) / 3, 12);
    expect(map([1, 2, 3], 2)).toBeCloseTo(1, 12);
  });
  it("takes the best target for mrr, without a cutoff", () => {
    expect(mrr([4, 7], Infinity)).toBeCloseTo(0.25, 12);
    expect(mrr([3000], Infinity)).toBeCloseTo(1 / 3000, 12);
  });
  it("is 0 without targets and for a target that is no candidate", () => {
    for (const metric of [...Object.values(cutoffMetrics), mrr]) {
      expect(metric([], 10)).toBe(0);
      expect(metric([Infinity], 10)).toBe(0);
    }
  });
});

describe("metrics of all lists, by hand", () => {
  const popularity = [10, 20, 30, 40];
  it("covers the items that are recommended at all", () => {
    expect(listMetrics.coverage([2, 0, 1, 0], popularity)).toBe(0.5);
  });
  it("is 0 for equal counts and 1 - 1/I for a single item", () => {
    expect(listMetrics.gini([3, 3, 3, 3], popularity)).toBe(0);
    expect(listMetrics.gini([0, 0, 8, 0], popularity)).toBeCloseTo(0.75, 12);
    // sorted 1 2 3 4: (-3*1 - 1*2 + 1*3 + 3*4) / (4 * 10)
    expect(listMetrics.gini([4, 1, 3, 2], popularity)).toBeCloseTo(0.25, 12);
    expect(listMetrics.gini([0, 0, 0, 0], popularity)).toBe(0);
  });
  it("averages popularity over places", () => {
    expect(listMetrics.popularity([2, 0, 1, 0], popularity)).toBeCloseTo((2 * 10 + 30) / 3, 12);
    expect(listMetrics.popularity([0, 0, 0, 0], popularity)).toBe(0);
  });
});
