import type { SplitRule } from "./types.ts";

/** Which users and items are kept. */
export type FilterRule =
  | { kind: "none" }
  | { kind: "kcore"; user: number; item: number } // repeated until nothing changes
  | { kind: "one-pass"; user: number; item: number }; // items first, then users, once

/** What is done to the rows on their way into a dataset. */
export interface Rules {
  readonly split: SplitRule;
  readonly filter: FilterRule;
  /** Rows whose value is below, or missing, are dropped. */
  readonly minValue?: number;
  /** What comes first at the same time: the row stored first, or the item with the lower index. */
  readonly ties: "stored" | "item";
}

/** The same in words for the manifest. */
export interface RulesInWords {
  filter: string;
  duplicates: string;
  order: string;
}
