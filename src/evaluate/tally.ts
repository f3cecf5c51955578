import { GROUPS } from "./types.ts";
import { listMetrics } from "./metrics/index.ts";
import type { GroupName, Metrics } from "./types.ts";

type Counts = Record<GroupName | "all", Int32Array>;

/** Counts, per cutoff and group of users, in how many top-k lists each item is: all that list metrics need. */
export class Tally {
  readonly #counts: readonly { k: number; of: Counts }[];

  constructor(items: number, cutoffs: readonly number[]) {
    this.#counts = cutoffs.map((k) => ({ k, of: emptyCounts(items) }));
  }

  /**
   * @param best item indices, best first; `size` of them are valid.
   * @param groups the groups the list's user is in.
   */
  add(best: Int32Array, size: number, groups: readonly (GroupName | "all")[]): void {
    for (const { k, of } of this.#counts) {
      for (const group of groups) {
        const counts = of[group];
        for (let n = Math.min(k, size) - 1; n >= 0; n--) counts[best[n]!]!++;
      }
    }
  }

  /** @returns the list metrics of a group by label. @param interactions [I] training interactions of each item. */
  metrics(group: GroupName | "all", interactions: Int32Array): Metrics {
    const result: Metrics = {};
    for (const [name, metric] of Object.entries(listMetrics))
      for (const { k, of } of this.#counts) result[`${name}@${k}`] = metric(of[group], interactions);
    return result;
  }
}

function emptyCounts(items: number): Counts {
  const groups = ["all", ...GROUPS].map((group) => [group, new Int32Array(items)]);
  return Object.fromEntries(groups) as Counts;
}
