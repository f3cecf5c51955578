/** How far a student's lists are its teacher's. */
import type { Agreement } from "../../../recipes/index.ts";
import type { PerUser } from "../../../src/evaluate/index.ts";
import { rbo } from "../../../src/methods/index.ts";

type Lists = Pick<PerUser, "userIndex" | "best">;

/** Means over the users that have lists, the same users in both. Agr@k: how many of k the first k of both share, over k. */
export function agreementOf(student: Lists, teacher: Lists): Agreement {
  const pairs = Array.from(
    student.userIndex.keys(),
    (u) => [listOf(student, u), listOf(teacher, u)] as const,
  );
  const listed = pairs.filter(([s, t]) => s.length > 0 && t.length > 0);
  const mean = (of: (s: Int32Array, t: Int32Array) => number) =>
    listed.reduce((sum, [s, t]) => sum + of(s, t), 0) / listed.length;
  return {
    "agr@1": mean((s, t) => shared(s, t, 1)),
    "agr@10": mean((s, t) => shared(s, t, 10)),
    rbo: mean((s, t) => rbo(s, t, 20, 0.9)),
  };
}

function listOf({ userIndex, best }: Lists, u: number): Int32Array {
  const k = best.length / userIndex.length;
  return best.subarray(u * k, (u + 1) * k).filter((item) => item >= 0);
}

function shared(a: Int32Array, b: Int32Array, k: number): number {
  const first = new Set(b.subarray(0, k));
  return a.subarray(0, k).filter((item) => first.has(item)).length / k;
}
