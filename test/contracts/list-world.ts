/** A signal of a few queries with lists of every length, and the scores of a student, for answers by hand. */
import { datasetFromLists } from "../../src/dataset/index.ts";
import { drawn } from "./graph-values.ts";
import type { Query } from "./lists-of.ts";

export const items = 9;
export const k = 4;
/** To learn from: [0, 1, 2], [5, 6] and [4]. */
export const dataset = datasetFromLists([[0, 1, 2, 3, 4], [5, 6, 7, 8], [4]], { items });
export const queries: readonly (Query & { list: number[] })[] = [
  { user: 0, end: 3, list: [3, 4, 5, 6] },
  { user: 1, end: 2, list: [0, 1] },
  { user: 2, end: 1, list: [8] },
  { user: 0, start: 1, end: 3, view: "suffix", scale: 0.5, base: 0, list: [3, 5, 4, 6] },
  { user: 0, end: 1, view: "prefix", list: [] },
];
/** A batch: all but the view, and filler. */
export const batch = [0, 1, 2, 4, -1];
/** [Q, I] the scores of a student for the batch. */
export const scores = drawn([batch.length, items], 7);
export const scoreOf = (b: number, item: number): number => scores.data[b * items + item]!;
export const listOf = (b: number): number[] => (batch[b]! < 0 ? [] : queries[batch[b]!]!.list);
export const historyOf = (b: number): number[] =>
  Array.from([[0, 1, 2], [5, 6], [4]][queries[batch[b]!]!.user]!);
