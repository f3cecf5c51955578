import { compare, holm, type Comparison } from "../../../src/evaluate/index.ts";
import { Random } from "../../../src/random.ts";
import { shown, type Measurement } from "./measure.ts";
import { students } from "./settings.ts";
import type { Told } from "./story.ts";

/** A line of the table, and of demo.json. */
export interface Line extends Measurement {
  readonly name: string;
  readonly title: string;
  readonly queries: number;
}

/** The last student against another one: what it gains, in NDCG@10 of the same users. */
export interface Gain extends Comparison {
  readonly against: string;
}

export function linesOf({ measured, signal }: Told): Line[] {
  const queries = { none: 0, "uniform-kl": signal.counts.paid, bahsd: signal.counts.paid };
  const known = [
    { name: "oracle", title: "oracle", queries: 0 },
    { name: "teacher", title: "teacher", queries: 0 },
    ...students.map(({ name, title, method }) => ({ name, title, queries: queries[method] })),
  ];
  return known.map((line, n) => ({ ...line, ...measured[n]! }));
}

/** @returns the subject against every other student, for all, head and tail users; p is Holm-corrected over them all. */
export function gainsOf(lines: readonly Line[], seed: number): Gain[] {
  const named = students.map(({ name }) => {
    const { evaluation } = lines.find((line) => line.name === name)!;
    return { name, evaluation };
  });
  const subject = named.at(-1)!;
  const gains = named.slice(0, -1).flatMap((other) => {
    const random = new Random(seed).split("demo", "gains");
    const pairs = compare([other, subject], { metrics: ["ndcg@10"], groups: shown, random });
    return pairs.map((pair) => ({ ...pair, against: other.name }));
  });
  const corrected = holm(gains.map(({ p }) => p.t));
  const ranked = holm(gains.map(({ p }) => p.wilcoxon));
  return gains.map((gain, n) => ({
    ...gain,
    p: { ...gain.p, tHolm: corrected[n]!, wilcoxonHolm: ranked[n]! },
  }));
}
