/**
 * ItemKNN: what is similar to the items of a history, by who met both.
 * Deshpande, Karypis, "Item-Based Top-N Recommendation Algorithms", ACM TOIS 22(1), 2004, without weights
 * of users; the shrinkage is that of Bell, Koren, "Improved Neighborhood-based Collaborative Filtering", 2007.
 *
 *   sim(j, i) = n_ij / (sqrt(n_i n_j) + h), 0 for all but the K items i most similar to j, and for i = j
 *   score(u, i) = sum over the items j of the history of sim(j, i)
 *
 * n_i is the number of users who met i, n_ij of those who met both; h is `shrink`, K `neighbours`. Of equal similarities
 * the smaller item is kept. An item that a history holds twice counts once. Users are their histories alone.
 *
 * Differs from the paper: the similarities of an item are not scaled to sum to 1, an option there.
 */
import * as z from "zod";
import { cast, gather, mul, product, reshape, scatterElements, type Dim } from "../graph/index.ts";
import { incidence, rowOf, sizesOf } from "./incidence.ts";
import { zeros } from "./initial.ts";
import { nothing, seenItems } from "./seen.ts";
import type { FittedModel } from "./types.ts";

const options = z.strictObject({
  neighbours: z.int().min(1).default(100), // K; RecBole's, as the next
  shrink: z.number().min(0).default(0), // h
  maxLength: z.int().min(1).default(200), // of a history: scores take K numbers for each of its items
});

export const itemknn: FittedModel<z.output<typeof options>> = {
  name: "itemknn",
  kind: "fitted",
  options,
  maxLength: (o) => o.maxLength,

  fit({ user, item }, { users, items }, o) {
    const k = Math.max(1, Math.min(o.neighbours, items - 1));
    const [met, meet] = [incidence(user, item, users), incidence(item, user, items)];
    const popularity = sizesOf(meet);
    const [neighbours, similarity] = [zeros([items, k]), zeros([items, k])];
    const both = new Int32Array(items); // users who met j and i
    for (let j = 0; j < items; j++) {
      const found: number[] = [];
      for (const u of rowOf(meet, j))
        for (const i of rowOf(met, u)) if (i !== j && both[i]!++ === 0) found.push(i);
      const sim = (i: number) => both[i]! / (Math.sqrt(popularity[i]! * popularity[j]!) + o.shrink);
      mostSimilar(found, sim, k).forEach((i, n) => {
        neighbours.data[j * k + n] = i;
        similarity.data[j * k + n] = sim(i);
      });
      for (const i of found) both[i] = 0;
    }
    return { neighbours, similarity };
  },

  scores(w, _o, history) {
    const [b, t] = history.shape as [Dim, Dim];
    const [count, k] = w.neighbours!.shape as [number, number];
    const { items, share } = seenItems(history, count);
    const flat = [b, product([t, k])];
    const similar = mul(gather(w.similarity!, items), reshape(share, [b, t, 1])); // [B, T, K]
    const near = cast(reshape(gather(w.neighbours!, items), flat), "int32"); // [B, T*K]
    return scatterElements(nothing(b, count), near, reshape(similar, flat)); // [B, I]
  },
};

/** @returns the k most similar of the items found, the most similar first, of equals the smaller item. */
function mostSimilar(found: readonly number[], sim: (item: number) => number, k: number): number[] {
  const least = found.length <= k ? 0 : Float64Array.from(found, sim).sort().at(-k)!;
  const kept = found.filter((i) => sim(i) >= least);
  return kept.sort((a, b) => sim(b) - sim(a) || a - b).slice(0, k);
}
