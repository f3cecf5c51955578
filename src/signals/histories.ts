/** The histories a signal's queries showed the teacher. */
import { fromLists, row, rows, stackRows, type Sequences } from "../dataset/index.ts";
import type { ListSignal, QueryRows } from "./types.ts";

/** @returns what query q showed, oldest first. @param train the training histories that `user` counts */
export function historyOf(rows: QueryRows, train: Sequences, q: number): Int32Array {
  if (rows.histories !== undefined) return row(rows.histories, q);
  return row(train, rows.user[q]!).subarray(rows.start[q], rows.end[q]);
}

/** @returns the invented histories that a signal's `user` counts, or null where the owner's were asked. */
export function inventedHistories({ manifest, user, histories }: ListSignal): Sequences | null {
  if (manifest.queries === undefined || histories === undefined) return null;
  const longest: Int32Array[] = [];
  user.forEach((u, q) => {
    const history = row(histories, q);
    if (history.length > (longest[u]?.length ?? 0)) longest[u] = history;
  });
  return fromLists(Array.from(longest, (history?: Int32Array) => history ?? []));
}

/**
 * Nobody's queries as learners: every item alone, and every walk, becomes a learner after the users of the dataset, with
 * itself as history.
 * @returns the signal with their numbers in `user`, these numbers, and the histories of users and learners
 */
export function withLearners(
  signal: ListSignal,
  train: Sequences,
): { signal: ListSignal; train: Sequences; alone: Int32Array } {
  const users = rows(train);
  const queries = Int32Array.from(signal.user.keys()).filter((q) => signal.user[q]! < 0);
  const user = signal.user.slice();
  const histories: Int32Array[] = [];
  const learnerOf = new Map<number, number>(); // by walk
  for (const q of queries) {
    const learner = learnerOf.get(signal.user[q]!) ?? histories.length;
    if (signal.view[q] === "walk") learnerOf.set(signal.user[q]!, learner);
    user[q] = users + learner;
    histories[learner] = historyOf(signal, train, q); // a walk's beginnings come in order, the longest is the last
  }
  return {
    signal: { ...signal, user },
    train: stackRows(train, fromLists(histories)),
    alone: Int32Array.from(histories.keys(), (n) => users + n),
  };
}
