import { complain } from "../errors.ts";
import { nearest } from "../options.ts";
import type { Random } from "../random.ts";
import { bootstrapMeans, mean } from "./bootstrap.ts";
import { membersOf } from "./groups.ts";
import { differences, holm, pairedTTest, wilcoxon } from "./significance.ts";
import type { Evaluation, GroupName } from "./types.ts";

/** A system against the first one: one metric, one group of users. */
export interface Comparison {
  readonly system: string;
  readonly metric: string;
  readonly group: GroupName | "all";
  readonly users: number;
  readonly firstMean: number;
  readonly mean: number;
  /** mean - firstMean, with its paired bootstrap interval. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided p of the paired t-test, and of Wilcoxon's signed-rank test; each family is Holm-corrected. */
  readonly p: { t: number; tHolm: number; wilcoxon: number; wilcoxonHolm: number };
  /** The direction of the difference of means, significant or not. */
  readonly higher: "first" | "this" | "neither";
}

export interface CompareOptions {
  /** Labels of per-user metrics, e.g. "ndcg@10". */
  readonly metrics: readonly string[];
  readonly groups: readonly (GroupName | "all")[];
  readonly random: Random;
  readonly resamples?: number;
}

export interface Named {
  readonly name: string;
  readonly evaluation: Evaluation;
}

/**
 * Compares every other system with the first, user by user. The family of the Holm correction is everything returned.
 * @throws UserError("conflict") if the evaluations are not of the same users under the same protocol;
 *   UserError("usage") for a metric that has no values per user.
 */
export function compare(systems: readonly Named[], options: CompareOptions): Comparison[] {
  const [first, ...others] = systems;
  if (!first) return [];
  for (const other of others) requireSameUsers(first, other);
  const known = Object.keys(first.evaluation.perUser.values);
  for (const metric of options.metrics) requireMetric(known, metric);
  const raw = others.flatMap((other) =>
    options.groups.flatMap((group) => compareGroup(first, other, group, options)),
  );
  const t = holm(raw.map(({ p }) => p.t));
  const w = holm(raw.map(({ p }) => p.wilcoxon));
  return raw.map((c, n) => ({ ...c, p: { ...c.p, tHolm: t[n]!, wilcoxonHolm: w[n]! } }));
}

type Uncorrected = Omit<Comparison, "p"> & { p: { t: number; wilcoxon: number } };

function compareGroup(
  first: Named,
  other: Named,
  group: GroupName | "all",
  { metrics, random, resamples = 2000 }: CompareOptions,
): Uncorrected[] {
  const members = membersOf(first.evaluation.perUser, group);
  const pairs = metrics.map((metric) => {
    const before = columnOf(first, metric, members);
    const after = columnOf(other, metric, members);
    return { metric, before, after, difference: differences(before, after) };
  });
  const stream = random.split("compare", group); // the same draws for every system
  const intervals = bootstrapMeans(
    pairs.map((pair) => pair.difference),
    { random: stream, resamples },
  );
  return pairs.map(({ metric, before, after, difference }, n) => {
    const { mean: middle, low, high } = intervals[n]!;
    return {
      system: other.name,
      metric,
      group,
      users: members.length,
      firstMean: mean(before),
      mean: mean(after),
      difference: middle,
      low,
      high,
      p: { t: pairedTTest(difference).p, wilcoxon: wilcoxon(difference).p },
      higher: middle === 0 ? "neither" : middle > 0 ? "this" : "first",
    };
  });
}

function columnOf({ evaluation }: Named, metric: string, members: Int32Array): Float64Array {
  const values = evaluation.perUser.values[metric]!;
  return Float64Array.from(members, (n) => values[n]!);
}

function requireSameUsers(first: Named, other: Named): void {
  const [a, b] = [first.evaluation, other.evaluation];
  const same = a.users === b.users && a.perUser.userIndex.every((u, n) => u === b.perUser.userIndex[n]);
  if (same && a.protocol === b.protocol) return;
  throw complain("conflict", {
    where: other.name,
    expected: `the ${a.users} users of ${first.name} under protocol ${a.protocol}`,
    got: a.protocol === b.protocol ? `${b.users} other users` : `protocol ${b.protocol}`,
    fix: "Evaluate both on the same data with the same protocol",
  });
}

/** @throws UserError("usage") for a metric that is none of these, naming the nearest one. */
export function requireMetric(labels: readonly string[], metric: string): void {
  if (labels.includes(metric)) return;
  const near = nearest(metric, labels);
  throw complain("usage", {
    where: "--metrics",
    expected: `some of ${labels.join(", ")}, which have a value per user`,
    got: `"${metric}"`,
    fix: near === undefined ? "Choose some of these" : `Write "${near}"`,
  });
}
