import type { ListMetric } from "./types.ts";

/** popularity@k = mean training interactions of the recommended items, over all places of all lists. 0 without lists. */
export const popularity: ListMetric = (recommended, interactions) => {
  let sum = 0;
  let places = 0;
  for (let i = 0; i < recommended.length; i++) {
    sum += recommended[i]! * interactions[i]!;
    places += recommended[i]!;
  }
  return places === 0 ? 0 : sum / places;
};
