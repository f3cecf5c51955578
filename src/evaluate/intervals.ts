import type { Random } from "../random.ts";
import { bootstrapMeans } from "./bootstrap.ts";
import type { Interval } from "./bootstrap.ts";
import { membersOf } from "./groups.ts";
import type { Evaluation, GroupName } from "./types.ts";

/** Intervals by metric label. */
export type Intervals = Record<string, Interval>;

/**
 * 95 % bootstrap intervals of per-user metrics, by group.
 * @param labels metrics with a value per user; others are left out.
 */
export function intervalsOf<G extends GroupName | "all">(
  { perUser }: Evaluation,
  groups: readonly G[],
  labels: readonly string[],
  random: Random,
): Record<G, Intervals> {
  const known = labels.filter((label) => Object.hasOwn(perUser.values, label));
  const entries = groups.map((group) => {
    const members = membersOf(perUser, group);
    const columns = known.map((label) => Float64Array.from(members, (n) => perUser.values[label]![n]!));
    const intervals = bootstrapMeans(columns, { random: random.split("interval", group) });
    return [group, Object.fromEntries(known.map((label, n) => [label, intervals[n]!]))] as const;
  });
  return Object.fromEntries(entries) as Record<G, Intervals>;
}
