/**
 * LIST-RRD: relaxed ranking distillation on the list of a black box: the student learns the list's order, and that it
 * stands above a tail whose own order is left open.
 * Kang, Hwang, Kweon, Yu, "DE-RRD: A Knowledge Distillation Framework for Recommender System", CIKM 2020, section 3.2;
 * the loss is that of `rrd`, which has the teacher's factors.
 *
 *   s a query's history   r_1..r_K interesting items in the teacher's order   Z the L uninteresting items   f student scores
 *
 *   L = mean_s mean_k -log( exp(f(r_k)) / ( sum_{j >= k} exp(f(r_j)) + sum_{i in Z} exp(f(i)) ) ) + lam_h L_hard
 *
 * sampling "none": r is the first K of the list; the authors found drawing it unnecessary (README of their repository).
 * "ranks": r is drawn anew in every epoch, K of the list without replacement, p(rank) prop. to exp(-rank / T), put back in
 * order. Z is drawn anew in every epoch, uniformly, each once, from what neither the user has nor the list holds.
 *
 * Differs from the paper: a mean over the places of r, so that lists of any length count like a label; the pool that r is
 * drawn from is the list, as long as the teacher's answer. Differs from the authors' code: nothing known.
 */
import * as z from "zod";
import { row } from "../dataset/index.ts";
import { add, input, logSumExp, type Feed } from "../graph/index.ts";
import { listMle, scoresOf } from "../losses/index.ts";
import type { Random } from "../random.ts";
import type { ListSignal } from "../signals/index.ts";
import { drawWeighted } from "./draws.ts";
import { firstOf, meanOver, Unlisted, withoutViews } from "./list-rows.ts";
import { feed, lengthOfList, withoutFills } from "./rows.ts";
import type { ListMethod } from "./types.ts";

const options = z.strictObject({
  sampling: z.enum(["ranks", "none"]).default("none"),
  k: z.int().min(1).default(40), // K, authors' code; the two below too; cut to the length of the lists
  drawn: z.int().min(1).default(40), // L
  temperature: z.number().positive().default(10), // T
  labels: z.number().min(0).default(1), // lam_h
});
type Options = z.output<typeof options>;

export const listRrd: ListMethod<Options> = {
  name: "list-rrd",
  summary: "the list's order, above a drawn tail without order",
  signal: "lists",
  student: "sequence",
  options,
  labelWeight: (o) => o.labels,
  plan(signal, train, items, o) {
    const unlisted = new Unlisted(signal, train, items);
    const k = Math.min(o.k, signal.manifest.k);
    return {
      queries: withoutViews(signal),
      contrast: new Map(),
      feeds(queries, _contrasted, random): Record<string, Feed> {
        const lists =
          o.sampling === "none" ? firstOf(signal, k, queries) : drawLists(signal, k, queries, o, random);
        const { items: listed, keep } = withoutFills(lists);
        const tail = withoutFills(unlisted.draw(queries, o.drawn, random));
        const places = meanOver(queries).map(
          (c, b) => c / Math.max(1, lengthOfList(lists.subarray(b * k, (b + 1) * k))),
        );
        const n = queries.length;
        return {
          "lrrd.items": feed(listed, n, k),
          "lrrd.keep": feed(keep, n, k),
          "lrrd.tail": feed(tail.items, n, o.drawn),
          "lrrd.tailMask": feed(tail.keep.map((here) => (here - 1) * 1e9), n, o.drawn), // prettier-ignore
          "lrrd.c": feed(places, n, 1),
        };
      },
    };
  },
  loss({ h, items }, listLength, o) {
    const k = Math.min(o.k, listLength);
    const s = scoresOf(h, items, input("lrrd.items", ["Q", k], "int32")); // [Q, K]
    const tail = scoresOf(h, items, input("lrrd.tail", ["Q", o.drawn], "int32")); // [Q, L]
    const logE = logSumExp(add(tail, input("lrrd.tailMask", ["Q", o.drawn]))); // [Q, 1]
    return listMle(s, logE, input("lrrd.c", ["Q", 1]), input("lrrd.keep", ["Q", k]));
  },
};

/** @returns [Q, k] items drawn from each list by rank, in its order, -1 where it is shorter. */
function drawLists(
  signal: ListSignal,
  k: number,
  queries: Int32Array,
  { temperature }: Options,
  random: Random,
): Int32Array {
  const lists = new Int32Array(queries.length * k).fill(-1);
  queries.forEach((query, b) => {
    if (query < 0) return;
    const list = row(signal.lists, query);
    const logits = Float64Array.from(list, (_, rank) => -rank / temperature);
    const places = drawWeighted(logits, k, random).sort();
    lists.set(places.map((p) => list[p]!), b * k); // prettier-ignore
  });
  return lists;
}
