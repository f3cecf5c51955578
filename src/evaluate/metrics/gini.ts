import type { ListMetric } from "./types.ts";

/**
 * gini@k = inequality of how often the catalogue's items are recommended, 0 (all alike) to 1 - 1/I (one item only):
 * with counts c_1 <= .. <= c_I, sum of (2 i - I - 1) c_i / (I * sum of c_i). 0 where nothing was recommended.
 */
export const gini: ListMetric = (recommended) => {
  const items = recommended.length;
  const sorted = Float64Array.from(recommended)
    .filter((count) => count > 0)
    .sort();
  let weighted = 0;
  let total = 0;
  sorted.forEach((count, n) => {
    const i = items - sorted.length + n + 1; // items that nobody got come first
    weighted += (2 * i - items - 1) * count;
    total += count;
  });
  return total === 0 ? 0 : weighted / (items * total);
};
