/** One list for every user that stays as it is, above the rest of the catalogue: what rivals of HetComp learn from. */
import * as z from "zod";
import { input, mul, type Tensor } from "../graph/index.ts";
import { listMle } from "../losses/index.ts";
import { decayOption } from "./importance.ts";
import { logRest, Rest, restOptions } from "./rest.ts";
import { closedRows, feed, feedRows, once, withoutFills } from "./rows.ts";
import type { FactorPlan, FactorStudent, StudentSizes, TrajectorySides } from "./types.ts";

/** What these methods have in common. */
export const ensembleOptions = {
  weight: z.number().min(0).default(0.005), // that of HetComp's loss on the order of lists
  base: z.number().min(0).default(1), // weight of the student's own loss
  k: z.int().min(1).default(100), // HetComp's K
  consistency: z.boolean().default(false), // as in hetcomp
  decay: decayOption,
  ...restOptions, // the rest from drawn items; ours
};

type Sizes = Readonly<{ k: number; rest: number; ranked: number }>;

/** @returns what feeds {@link listAndRest} for a list [U, k]. */
export function listPlan(
  sides: TrajectorySides,
  list: Int32Array,
  o: Sizes,
): Required<Pick<FactorPlan, "prepare" | "feeds">> {
  const { items, keep } = withoutFills(list);
  const closed = closedRows(sides.train, list, o.k, o.k);
  const rest = new Rest(sides, o);
  return {
    async prepare() {
      await rest.prepare(closed);
      return undefined;
    },
    feeds: ({ users, c }, random, spare = {}) => ({
      "list.items": feedRows(items, o.k, users, spare["list.items"]),
      "list.keep": feedRows(keep, o.k, users, spare["list.keep"]),
      ...rest.feeds(users, random, spare),
      "list.c": feed(once(c), users.length, 1),
    }),
  };
}

/** -log likelihood of the list's order above the rest, weighted. */
export function listLoss(student: FactorStudent, sizes: StudentSizes, o: Sizes & { weight: number }): Tensor {
  const { s, logE, c, keep } = listAndRest(student, sizes, o);
  return mul(listMle(s, logE, c, keep), o.weight);
}

/** s [B, K] of the list, logE [B, 1] of the unseen items that are not in it, and c, keep of the losses. */
export function listAndRest(
  student: FactorStudent,
  { items }: StudentSizes,
  o: Sizes,
): Record<"s" | "logE" | "c" | "keep", Tensor> {
  return {
    s: student.scores(input("list.items", ["B", o.k], "int32")),
    logE: logRest(student, o, items),
    c: input("list.c", ["B", 1]),
    keep: input("list.keep", ["B", o.k]),
  };
}
