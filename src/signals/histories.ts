/** The histories a signal's queries showed the teacher. */
import { fromLists, row, type Sequences } from "../dataset/index.ts";
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
