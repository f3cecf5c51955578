/** One list for every user that stays as it is, above the rest of the catalogue: what rivals of HetComp learn from. */
import * as z from "zod";
import { input, type Feed, type Tensor } from "../graph/index.ts";
import { closedFeed, feed, feedRows, once, withoutFills } from "./rows.ts";
import type { FactorBatch, FactorStudent, TrajectorySides } from "./types.ts";

/** What these methods have in common. */
export const ensembleOptions = {
  weight: z.number().min(0).default(0.005), // that of HetComp's loss on the order of lists
  base: z.number().min(0).default(1), // weight of the student's own loss
  k: z.int().min(1).default(100), // HetComp's K
  consistency: z.boolean().default(false), // as in hetcomp
};

/** @returns the feeds of {@link listAndRest} for a list [U, k]. */
export function listFeeds(
  { train }: TrajectorySides,
  list: Int32Array,
  k: number,
): (batch: FactorBatch) => Record<string, Feed> {
  const { items, keep } = withoutFills(list);
  return ({ users, c }) => ({
    "list.items": feedRows(items, k, users),
    "list.keep": feedRows(keep, k, users),
    "list.closed": closedFeed(train, list, k, k, users),
    "list.c": feed(once(c), users.length, 1),
  });
}

/** s [B, K] of the list, logE [B, 1] of the unseen items that are not in it, and c, keep of the losses. */
export function listAndRest(student: FactorStudent, k: number): Record<"s" | "logE" | "c" | "keep", Tensor> {
  return {
    s: student.scores(input("list.items", ["B", k], "int32")),
    logE: student.rest(input("list.closed", ["B", "C"], "int32")),
    c: input("list.c", ["B", 1]),
    keep: input("list.keep", ["B", k]),
  };
}
