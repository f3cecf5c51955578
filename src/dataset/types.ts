/** The types that flow out of this room. Users and items are 0-based indices everywhere; ids are the user's own. */

/** A list of item indices per row, compressed: row r is items[offsets[r] .. offsets[r+1]). */
export interface Sequences {
  readonly offsets: Int32Array;
  readonly items: Int32Array;
}

/** Original ids by index. Optional titles (items only). */
export interface Vocabulary {
  readonly size: number;
  /** @returns the original id of an index. */
  id(index: number): string;
  /** @returns the index of an original id, or undefined. */
  index(id: string): number | undefined;
  /** @returns a human name where one was imported. */
  title(index: number): string | undefined;
}

export type SplitRule =
  | { kind: "leave-one-out" } // last item test, the one before validation
  | { kind: "ratio"; train: number; valid: number; order: "stored" | "random"; seed: number } // per user
  | { kind: "given" } // somebody else's: three files
  | { kind: "temporal"; valid: number; test: number }; // global: the last shares of all interactions by time

export interface DatasetManifest {
  readonly schema: 1;
  readonly name: string;
  readonly counts: { users: number; items: number; interactions: number; densityPercent: number };
  /** Interactions per user. */
  readonly lengths: { min: number; median: number; mean: number; max: number };
  readonly parts: { train: number; valid: number; test: number };
  readonly split: SplitRule;
  /** What was done to the rows, in words a person can check: filter, duplicates, order. */
  readonly rules: { filter: string; duplicates: string; order: string };
  readonly source: { file: string; sha256: string; format: string };
  /** Hash of the ordered, split interactions and both vocabularies; the same data gives the same hash. */
  readonly hash: string;
}

/** A dataset in memory: three parts by user, in each user's order. A row may be empty. */
export interface Dataset {
  readonly directory: string;
  readonly manifest: DatasetManifest;
  readonly users: Vocabulary;
  readonly items: Vocabulary;
  readonly train: Sequences;
  readonly valid: Sequences;
  readonly test: Sequences;
}
