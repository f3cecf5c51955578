/** `lists` signals for tests: queries and answers written out, or asked of a scorer. */
import { fromLists, row, type Dataset } from "../../src/dataset/index.ts";
import type { Scorer } from "../../src/evaluate/index.ts";
import { Random } from "../../src/random.ts";
import {
  openListSignal,
  writeListSignal,
  type ListRows,
  type ListSignal,
  type View,
} from "../../src/signals/index.ts";
import { planQueries } from "../../src/teachers/index.ts";

export interface Query {
  readonly user: number;
  readonly start?: number;
  readonly end: number;
  readonly view?: View;
  readonly scale?: number;
  readonly base?: number;
  /** What was shown, where it is said. */
  readonly shown?: readonly number[];
  readonly list: readonly number[];
}

export const rowsOf = (queries: readonly Query[]): ListRows => ({
  user: Int32Array.from(queries, (q) => q.user),
  start: Int32Array.from(queries, (q) => q.start ?? 0),
  end: Int32Array.from(queries, (q) => q.end),
  view: queries.map((q) => q.view ?? "full"),
  scale: Float32Array.from(queries, (q) => q.scale ?? 1),
  base: Int32Array.from(queries, (q) => q.base ?? -1),
  lists: fromLists(queries.map((q) => q.list)),
  scores: null,
  ...(queries.some((q) => q.shown) && { histories: fromLists(queries.map((q) => q.shown ?? [])) }),
});

/** Nothing happened while probing. */
export const noCounts = {
  planned: 0,
  paid: 0,
  cached: 0,
  failed: 0,
  retries: 0,
  unknownIds: 0,
  duplicateIds: 0,
  shortLists: 0,
  badAnswers: 0,
};

/** Writes the rows as a signal of the dataset and opens it again. */
export async function signalOf(
  directory: string,
  dataset: Dataset,
  rows: ListRows,
  k: number,
): Promise<ListSignal> {
  const teacher = { name: "t", endpoint: "memory", version: "1", scores: "ids" as const };
  const users = { share: 1, seed: 0, count: dataset.users.size };
  const provenance = {
    dataset: dataset.manifest.hash,
    teacher,
    k,
    scales: [0.25, 0.5, 0.75],
    users,
    counts: noCounts,
  };
  await writeListSignal(directory, rows, provenance);
  return openListSignal(directory, dataset);
}

/** Asks a scorer about every history, its views and some prefixes, as a probe would. */
export async function askScorer(
  dataset: Dataset,
  scorer: Scorer,
  k: number,
  budget: number | null = null,
  scales: readonly number[] = [0.25, 0.5, 0.75],
): Promise<ListRows> {
  const owned = Int32Array.from({ length: dataset.users.size }, (_, u) => u);
  const options = { budget, scales, maxLength: 200, prefixViews: false, random: new Random(1) };
  const { rows } = planQueries(dataset.train, owned, options);
  const lists: number[][] = [];
  for (const [q, user] of rows.user.entries()) {
    const history = row(dataset.train, user).slice(rows.start[q], rows.end[q]);
    const scores = await scorer.score(Int32Array.of(user), [history]);
    lists.push(best(scores.subarray(0, scorer.items), history, k));
  }
  return { ...rows, lists: fromLists(lists), scores: null };
}

function best(scores: Float32Array, history: Int32Array, k: number): number[] {
  const unseen = Array.from(scores.keys()).filter((item) => !history.includes(item));
  return unseen.sort((a, b) => scores[b]! - scores[a]! || a - b).slice(0, k);
}
