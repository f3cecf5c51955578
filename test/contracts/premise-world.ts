/** Datasets and answers made so that it is known how consistency, history length and accuracy go together. */
import { datasetFromLists, type Dataset } from "../../src/dataset/index.ts";
import type { ListRows } from "../../src/signals/index.ts";
import { rowsOf, type Query } from "./lists-of.ts";

export interface Person {
  /** Items of the training history. */
  readonly length: number;
  /** 0..5: the list of the one view shares its first 4 x level items with the user's own; 5 is the same list. */
  readonly level: number;
  /** Whether the next item is the first of the list; else it is nowhere in it. */
  readonly hit: boolean;
  /** Whether the list is one that everybody gets for whom this is so. */
  readonly fallen?: boolean;
}

/** Users have lists of their own unless `sameLists`: two random users share one in a hundred. */
export function premiseWorld(
  people: readonly Person[],
  sameLists = false,
): { dataset: Dataset; rows: ListRows } {
  const items = 4200;
  const start = (u: number) => (sameLists ? 0 : people[u]!.fallen === true ? 4040 : (u % 100) * 40);
  const block = (from: number, n: number) => Array.from({ length: n }, (_, i) => from + i);
  const histories = people.map(({ length, hit }, u) => [...block(4100, length), hit ? start(u) : 4001, 4002]);
  const queries: Query[] = [];
  people.forEach(({ length, level }, user) => {
    queries.push({ user, end: length, list: block(start(user), 20) });
    if (length < 2) return; // a view would be the history itself
    const list = [...block(start(user), 4 * level), ...block(start(user) + 20, 20)].slice(0, 20);
    const half = length - Math.ceil(length / 2);
    queries.push({
      user,
      start: half,
      end: length,
      view: "suffix",
      scale: 0.5,
      base: queries.length - 1,
      list,
    });
  });
  return { dataset: datasetFromLists(histories, { items }), rows: rowsOf(queries) };
}

/** `count` x 75 users: every level, length and luck meets every other equally often. @param hits of five at a level. */
export function balanced(count: number, hits: (level: number) => number): Person[] {
  return Array.from({ length: 75 * count }, (_, u) => {
    const level = u % 5;
    return { level, length: 4 + 2 * (Math.floor(u / 5) % 3), hit: Math.floor(u / 15) % 5 < hits(level) };
  });
}
