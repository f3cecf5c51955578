import { expect, it } from "vitest";
import { compare } from "../../../src/evaluate/index.ts";
import { Random } from "../../../src/random.ts";
import { evaluationOf } from "./made-up.ts";

const random = new Random(11);
const base = Array.from({ length: 300 }, () => random.uniform());
const options = {
  metrics: ["ndcg@10"],
  groups: ["all", "head", "tail"] as const,
  random: new Random(0),
  resamples: 400,
};
const named = (name: string, values: number[]) => ({ name, evaluation: evaluationOf({ "ndcg@10": values }) });

it("finds nothing between identical systems", () => {
  for (const c of compare([named("a", base), named("b", base)], options)) {
    expect(c).toMatchObject({ difference: 0, low: 0, high: 0, higher: "neither" });
    expect(c.p).toEqual({ t: 1, tHolm: 1, wilcoxon: 1, wilcoxonHolm: 1 });
  }
});

it("states the direction, within groups and over all", () => {
  // tail users (odd) gain a little each, head users lose nothing
  const better = base.map((v, n) => (n % 2 === 1 ? v + 0.1 + 0.05 * random.uniform() : v));
  const [all, head, tail] = compare([named("a", base), named("b", better)], options);
  expect(all).toMatchObject({ system: "b", group: "all", users: 300, higher: "this" });
  expect(all!.difference).toBeCloseTo(all!.mean - all!.firstMean, 9);
  expect(all!.low).toBeGreaterThan(0);
  expect(head).toMatchObject({ users: 150, difference: 0, higher: "neither" });
  expect(tail!.p.tHolm).toBeLessThan(1e-6);
  expect(compare([named("b", better), named("a", base)], options)[0]!.higher).toBe("first");
});

it("corrects over everything compared at once", () => {
  const noisy = () => base.map((v) => v + 0.02 * random.normal());
  const all = compare([named("a", base), named("b", noisy()), named("c", noisy())], options);
  expect(all.map((c) => `${c.system} ${c.group}`)).toEqual([
    "b all",
    "b head",
    "b tail",
    "c all",
    "c head",
    "c tail",
  ]);
  const smallest = all.reduce((a, b) => (a.p.t < b.p.t ? a : b));
  expect(smallest.p.tHolm).toBeCloseTo(Math.min(1, 6 * smallest.p.t), 12);
});

it("refuses other users, another protocol, and a metric without values per user", () => {
  const a = named("a", base);
  expect(() => compare([a, named("b", base.slice(1))], options)).toThrow(
    "b: expected the 300 users of a under protocol sasrec-full, got 299 other users. Evaluate both",
  );
  const other = { name: "b", evaluation: { ...a.evaluation, protocol: "rcekd-v1" } };
  expect(() => compare([a, other], options)).toThrow("got protocol rcekd-v1.");
  expect(() => compare([a, a], { ...options, metrics: ["coverage@10"] })).toThrow(
    '--metrics: expected some of ndcg@10, which have a value per user, got "coverage@10".',
  );
});
