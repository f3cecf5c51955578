import { fromLists, row, type Dataset } from "../dataset/index.ts";
import { historyOf, type ListRows, type ProbeCounts, type QueryRows } from "../signals/index.ts";
import { cleanAnswer, type CleanAnswer } from "./clean.ts";
import type { Ledger } from "./ledger.ts";
import type { QueryPlan } from "./plan.ts";
import { keyOf, type Questions } from "./questions.ts";
import type { Teacher } from "./teacher.ts";

export interface Collected {
  readonly rows: ListRows;
  readonly counts: Omit<ProbeCounts, "planned" | "paid" | "cached" | "left">;
  /** Ids of the answers, up to k of each. */
  readonly received: number;
}

/**
 * Reads the answers to a plan back from the ledger and cleans them. A row whose query has no usable answer is left
 * out, and so are the views of a left-out row: they would have nothing to agree with.
 * @param queryOf the plan's query of each ledger key @param train the histories that the plan's users count
 */
export async function collect(
  ledger: Ledger,
  teacher: Teacher,
  queryOf: ReadonlyMap<string, number>,
  plan: QueryPlan,
  { train, items: vocabulary }: Pick<Dataset, "train" | "items">,
  k: number,
): Promise<Collected> {
  const answers: (CleanAnswer | undefined)[] = Array.from({ length: plan.first.length });
  const failures = new Map<number, { reason: string; bad: boolean }>();
  let retries = 0;
  for await (const entry of ledger.entries(teacher.fingerprint)) {
    const q = queryOf.get(entry.key);
    if (q === undefined) continue;
    retries += entry.retries;
    const shown = historyOf(plan.rows, train, plan.first[q]!);
    const answer = entry.outcome === "answered" ? cleanAnswer(entry, vocabulary, k, shown) : undefined;
    answers[q] = answer;
    if (answer === undefined) {
      failures.set(q, { reason: entry.reason ?? "unknown", bad: entry.outcome === "bad" });
    } else if (answer.items.length === 0)
      failures.set(q, { reason: "no known, unseen item in the list", bad: true });
    else failures.delete(q); // failed in an earlier run, answered now
  }
  const counts = count(answers, [...failures.values()], retries);
  return { rows: selectRows(plan, answers), counts, received: sum(answers, idsOf) };
}

/** @returns the items that the ledger has for a history of these questions. */
export async function answersTo(
  ledger: Ledger,
  teacher: Teacher,
  { train, items }: Pick<Dataset, "train" | "items">,
  { plan, k, history }: Questions,
): Promise<(history: readonly number[]) => ArrayLike<number>> {
  const shown = (q: number) => historyOf(plan.rows, train, plan.first[q]!);
  const asked = new Map(Array.from(plan.first, (_, q) => [keyOf(teacher, k, history(q)), shown(q)]));
  const lists = new Map<string, Int32Array>();
  for await (const entry of ledger.entries(teacher.fingerprint, Array.from(asked.keys())))
    if (entry.outcome === "answered") {
      const history = asked.get(entry.key)!;
      lists.set(history.join(), cleanAnswer(entry, items, k, history).items);
    }
  return (history) => lists.get(history.join()) ?? [];
}

function count(
  answers: readonly (CleanAnswer | undefined)[],
  failures: readonly { reason: string; bad: boolean }[],
  retries: number,
): Collected["counts"] {
  const reasons: Record<string, number> = {};
  for (const { reason } of failures) reasons[reason] = (reasons[reason] ?? 0) + 1;
  const seenIds = sum(answers, (answer) => answer.seenIds);
  return {
    failed: failures.length,
    retries,
    unknownIds: sum(answers, ({ unknownIds }) => unknownIds),
    duplicateIds: sum(answers, ({ duplicateIds }) => duplicateIds),
    shortLists: sum(answers, ({ short }) => Number(short)),
    badAnswers: failures.filter(({ bad }) => bad).length,
    ...(seenIds > 0 && { seenIds }),
    ...(failures.length > 0 && { reasons }),
  };
}

const sum = (answers: readonly (CleanAnswer | undefined)[], of: (answer: CleanAnswer) => number): number =>
  answers.reduce((total, answer) => total + (answer === undefined ? 0 : of(answer)), 0);

const idsOf = ({ items, unknownIds, duplicateIds, seenIds }: CleanAnswer): number =>
  items.length + unknownIds + duplicateIds + seenIds;

function selectRows({ rows, query }: QueryPlan, answers: readonly (CleanAnswer | undefined)[]): ListRows {
  const newRow = new Int32Array(query.length).fill(-1);
  const kept: number[] = [];
  for (let r = 0; r < query.length; r++) {
    const usable = (answers[query[r]!]?.items.length ?? 0) > 0;
    const base = rows.base[r]!;
    if (!usable || (base >= 0 && newRow[base] === -1)) continue;
    newRow[r] = kept.length;
    kept.push(r);
  }
  const given = kept.map((r) => answers[query[r]!]!);
  return {
    ...pick(rows, kept, newRow),
    lists: fromLists(given.map(({ items }) => items)),
    scores: join(given),
  };
}

function pick(rows: QueryRows, kept: readonly number[], newRow: Int32Array): QueryRows {
  return {
    user: Int32Array.from(kept, (r) => rows.user[r]!),
    start: Int32Array.from(kept, (r) => rows.start[r]!),
    end: Int32Array.from(kept, (r) => rows.end[r]!),
    view: kept.map((r) => rows.view[r]!),
    scale: Float32Array.from(kept, (r) => rows.scale[r]!),
    base: Int32Array.from(kept, (r) => (rows.base[r]! < 0 ? -1 : newRow[rows.base[r]!]!)),
    ...(rows.histories && { histories: fromLists(kept.map((r) => row(rows.histories!, r))) }),
  };
}

/** Scores of some lists only would be of no use: null unless every list has them. */
function join(answers: readonly CleanAnswer[]): Float32Array | null {
  const joined = new Float32Array(answers.reduce((n, { items }) => n + items.length, 0));
  let at = 0;
  for (const { scores } of answers) {
    if (scores === null) return null;
    joined.set(scores, at);
    at += scores.length;
  }
  return joined;
}
