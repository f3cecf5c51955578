/** Where the items of a query's list stand in the lists of its views. */
import { row } from "../dataset/index.ts";
import type { ListSignal } from "../signals/index.ts";

export interface ProbedRanks {
  /** Whether r_i stands before r_j in more than half of the probed lists that hold either; i before j in the query's own. */
  before(query: number, i: number, j: number): boolean;
  /** The share of probed lists, the query's own included, that hold r_i. */
  share(query: number, i: number): number;
}

export function probedRanks(signal: ListSignal): ProbedRanks {
  const absent = signal.manifest.k + 1;
  const views = new Map<number, Int32Array[]>();
  signal.base.forEach((base, v) => {
    if (base < 0) return;
    const rank = new Map(Array.from(row(signal.lists, v), (item, at) => [item, at]));
    const ranks = row(signal.lists, base).map((item) => rank.get(item) ?? absent);
    views.set(base, [...(views.get(base) ?? []), ranks]);
  });
  return {
    before(query, i, j) {
      let [holds, agree] = [1, 1]; // the query's own list
      for (const ranks of views.get(query) ?? []) {
        const [a, b] = [ranks[i]!, ranks[j]!];
        if (a === absent && b === absent) continue;
        holds++;
        agree += Number(a < b);
      }
      return agree * 2 > holds;
    },
    share(query, i) {
      const lists = views.get(query) ?? [];
      return (1 + lists.filter((ranks) => ranks[i] !== absent).length) / (1 + lists.length);
    },
  };
}
