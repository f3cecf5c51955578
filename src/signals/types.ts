import type { Sequences } from "../dataset/index.ts";

/** What a score in a list means; see docs/conventions.md. Two kinds are enough for the teachers built so far. */
export type ScoreKind =
  | "ids" // ordered ids, nothing else
  | "ids+score"; // ids with a number that orders them; its scale is unknown

/** Counts of what happened while probing; every one is shown at the end. */
export interface ProbeCounts {
  /** Queries in the plan (distinct histories). */
  planned: number;
  /** Paid answers: the budget is charged by these. */
  paid: number;
  /** Answers found in the ledger, not asked again. */
  cached: number;
  /** Queries without a usable answer; asked again by the next run unless their bad answer was paid. */
  failed: number;
  retries: number;
  unknownIds: number;
  duplicateIds: number;
  shortLists: number;
  /** Paid answers that could not be read, or held no known item. */
  badAnswers: number;
  /** Ids of the history that was shown, dropped: a student is served without them; absent when there were none. */
  seenIds?: number;
  /** Failed queries by reason; absent when none failed. */
  reasons?: Record<string, number>;
  /** Full histories and views the budget had no room for; absent when it had. */
  left?: number;
}

/** How a query came to be. */
export type View =
  | "full" // the user's whole training history
  | "suffix" // the most recent share of the history of another query, `scale` of it: a view for consistency
  | "drop" // a random share of the items of the history of another query, the newest among them: likewise
  | "prefix" // the first part of a long history: a query of its own
  | "item" // an item alone, whoever met it: nobody's query
  | "walk" // the beginning of a made-up history, an item and what the teacher listed: nobody's query
  | "shuffle"; // the history of another query in random order: only a diagnosis reads the answer

/** How views are cut. */
export type Views = "suffix" | "drop";

/** What a budget buys when full histories and views are asked. */
export type Rest = "prefixes" | "items" | "walks";

export interface ListSignalManifest {
  readonly schema: 1;
  readonly kind: "lists";
  /** DatasetManifest.hash of the data the histories and item indices refer to. */
  readonly dataset: string;
  readonly teacher: { name: string; endpoint: string; version: string; scores: ScoreKind };
  /** List length asked for. */
  readonly k: number;
  readonly scales: readonly number[];
  /** Present where views are no suffixes. */
  readonly views?: "drop";
  /** Present where items alone or walks were asked. */
  readonly rest?: Exclude<Rest, "prefixes">;
  /** Whose histories were used: the owner's share of the users. */
  readonly users: {
    share: number;
    seed: number;
    count: number;
    /** Present in a pilot: how many of them were to be asked. */
    pilot?: number;
  };
  /** Present where the histories that were asked are invented: nobody's, so that there are no labels in them. */
  readonly queries?: { kind: Invented; seed: number; maxLength: number };
  /** Present where shuffled histories were to be asked: how many rows of them there are, after all others. */
  readonly shuffled?: number;
  readonly counts: ProbeCounts;
  readonly hash: string;
}

/** How histories are invented; see src/teachers/invent.ts. */
export type Invented = "random" | "autoregressive";

/** Q queries as column arrays. */
export interface QueryRows {
  /** [Q] user of each query, or the number of an invented history; -1 for an item alone, -1 - n for walk n. */
  readonly user: Int32Array;
  /**
   * [Q] the query's history is train[user] from `start` (inclusive) to `end` (exclusive), or of the invented history; a drop
   * keeps some of it; from 0 on for an item alone and a walk.
   */
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly view: readonly View[];
  /** [Q] for a view the share of its base query's history it keeps, else 1. */
  readonly scale: Float32Array;
  /** [Q] for a view the index of its base query, else -1. A view that equals another query shares its answer but keeps its row. */
  readonly base: Int32Array;
  /** Q rows: the histories that were asked, where they are not all parts of training histories. */
  readonly histories?: Sequences;
}

/** Answered queries with their answers. */
export interface ListRows extends QueryRows {
  /** Q rows of item indices, best first, unknown and repeated ids already dropped; at most k each. */
  readonly lists: Sequences;
  /** Aligned with lists.items; null when the teacher gives none. */
  readonly scores: Float32Array | null;
}

/** The `lists` signal in memory: Q answered queries, in plan order. */
export interface ListSignal extends ListRows {
  readonly directory: string;
  readonly manifest: ListSignalManifest;
  /** Owner's users, ascending: labels may come from these only. */
  readonly owned: Int32Array;
  /** N answers to shuffled histories, which are no queries to learn from: those above hold none. */
  readonly shuffled?: Shuffled;
}

export interface Shuffled {
  /** [N] the query whose history was shuffled. */
  readonly base: Int32Array;
  /** N rows of item indices, best first. */
  readonly lists: Sequences;
}

/** What one teacher ranked at one state of its training. */
export interface TrajectoryState {
  /** [U, k] the best items that the user has not met in training, best first; -1 where there are fewer. */
  readonly lists: Int32Array;
  /**
   * Aligned with dataset.train.items: the place of each training item among its user's own, 0 the best; -1 where the
   * teacher does not say. An item that a user has twice has one place.
   */
  readonly own: Int32Array;
  /**
   * [U, k] the standard deviation of each listed item's place over the last rankings before this state and at it; null
   * where they were not kept. An item outside a ranking's list counts as at place k.
   */
  readonly spread: Float32Array | null;
}

export interface TrajectoryTeacher {
  readonly name: string;
  readonly source: string;
  readonly version: string;
  /** Of each state, none below the one before: what it is numbered by where it comes from. */
  readonly epochs: number[];
}

export interface TrajectoryManifest {
  readonly schema: 1;
  readonly kind: "trajectory";
  /** DatasetManifest.hash of the data that users and items are indices of. */
  readonly dataset: string;
  /** Length of a list. */
  readonly k: number;
  readonly teachers: TrajectoryTeacher[];
  readonly hash: string;
}

export interface Trajectory {
  readonly k: number;
  readonly teachers: readonly TrajectoryTeacher[];
  /** [teacher][state], the last state is the finished teacher. Every teacher has as many states. */
  readonly states: readonly (readonly TrajectoryState[])[];
}

export interface TrajectorySignal {
  readonly directory: string;
  readonly manifest: TrajectoryManifest;
  /** [teacher][state], the last state is the finished teacher. Every teacher has as many states. */
  readonly states: readonly (readonly TrajectoryState[])[];
}
