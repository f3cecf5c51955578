import type { ListMetric } from "./types.ts";

/** coverage@k = share of the catalogue that is in at least one user's top k. */
export const coverage: ListMetric = (recommended) => {
  let seen = 0;
  for (let i = 0; i < recommended.length; i++) if (recommended[i]! > 0) seen++;
  return seen / recommended.length;
};
