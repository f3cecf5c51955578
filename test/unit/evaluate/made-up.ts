import { GROUPS } from "../../../src/evaluate/index.ts";
import type { Evaluation } from "../../../src/evaluate/index.ts";

/** An evaluation with these values per user; every second user is tail, quintiles go round. */
export function evaluationOf(values: Record<string, readonly number[]>): Evaluation {
  const users = Object.values(values)[0]!.length;
  const mean = (v: readonly number[], keep: (n: number) => boolean) => {
    const kept = v.filter((_, n) => keep(n));
    return kept.length === 0 ? 0 : kept.reduce((sum, x) => sum + x, 0) / kept.length;
  };
  const means = (keep: (n: number) => boolean) =>
    Object.fromEntries(Object.entries(values).map(([label, v]) => [label, mean(v, keep)]));
  const belongs = (group: (typeof GROUPS)[number]) => (n: number) =>
    group.startsWith("q") ? (n % 5) + 1 === Number(group.slice(1)) : (n % 2 === 1) === (group === "tail");
  const groups = GROUPS.map((group) => {
    const size = Array.from({ length: users }, (_, n) => n).filter(belongs(group)).length;
    return [group, { users: size, ...means(belongs(group)) }];
  });
  return {
    protocol: "sasrec-full",
    users,
    metrics: means(() => true),
    groups: Object.fromEntries(groups) as Evaluation["groups"],
    tailUpTo: 6,
    perUser: {
      best: Int32Array.from({ length: 3 * users }, (_, n) => (n % 7) - 1),
      userIndex: Int32Array.from({ length: users }, (_, n) => n),
      tail: Uint8Array.from({ length: users }, (_, n) => n % 2),
      quintile: Uint8Array.from({ length: users }, (_, n) => (n % 5) + 1),
      values: Object.fromEntries(Object.entries(values).map(([label, v]) => [label, Float32Array.from(v)])),
    },
    seconds: 0.5,
  };
}
