/** One list for every user that stays as it is, above the rest of the catalogue: what rivals of HetComp learn from. */
import * as z from "zod";
import { input, type Feed, type Tensor } from "../graph/index.ts";
import type { Random } from "../random.ts";
import { decayOption } from "./importance.ts";
import { logRest, restFeeds, restOption } from "./rest.ts";
import { closedRows, feed, feedRows, once, withoutFills } from "./rows.ts";
import type { FactorBatch, FactorStudent, TrajectorySides } from "./types.ts";

/** What these methods have in common. */
export const ensembleOptions = {
  weight: z.number().min(0).default(0.005), // that of HetComp's loss on the order of lists
  base: z.number().min(0).default(1), // weight of the student's own loss
  k: z.int().min(1).default(100), // HetComp's K
  consistency: z.boolean().default(false), // as in hetcomp
  decay: decayOption,
  rest: restOption, // drawn items that stand for the rest; ours
};

type Sizes = Readonly<{ k: number; rest: number }>;

/** @returns the feeds of {@link listAndRest} for a list [U, k]. */
export function listFeeds(
  { train, items: catalogue }: TrajectorySides,
  list: Int32Array,
  { k, rest }: Sizes,
): (batch: FactorBatch, random: Random) => Record<string, Feed> {
  const { items, keep } = withoutFills(list);
  return ({ users, c }, random) => ({
    "list.items": feedRows(items, k, users),
    "list.keep": feedRows(keep, k, users),
    ...restFeeds(closedRows(train, list, k, k, users), catalogue, rest, random),
    "list.c": feed(once(c), users.length, 1),
  });
}

/** s [B, K] of the list, logE [B, 1] of the unseen items that are not in it, and c, keep of the losses. */
export function listAndRest(
  student: FactorStudent,
  { k, rest }: Sizes,
): Record<"s" | "logE" | "c" | "keep", Tensor> {
  return {
    s: student.scores(input("list.items", ["B", k], "int32")),
    logE: logRest(student, rest),
    c: input("list.c", ["B", 1]),
    keep: input("list.keep", ["B", k]),
  };
}
