import { quantile, userLengths } from "./measure.ts";
import type { Dataset, DatasetManifest } from "./types.ts";

/** A manifest with what can be computed from the data: everything `potstill data describe` prints. */
export interface Description extends DatasetManifest {
  readonly averages: { perUser: number; perItem: number };
  /** 100 - density. */
  readonly sparsityPercent: number;
  /** Upper bounds of the four lower fifths of users by length. */
  readonly quintiles: readonly number[];
  readonly titles: number;
}

export function describe(dataset: Dataset): Description {
  const { manifest, items } = dataset;
  const { counts } = manifest;
  const sorted = userLengths(dataset).sort();
  const titled = Array.from({ length: items.size }, (_, i) => items.title(i)).filter((t) => t !== undefined);
  return {
    ...manifest,
    averages: { perUser: counts.interactions / counts.users, perItem: counts.interactions / counts.items },
    sparsityPercent: 100 - counts.densityPercent,
    quintiles: [0.2, 0.4, 0.6, 0.8].map((q) => quantile(sorted, q)),
    titles: titled.length,
  };
}
