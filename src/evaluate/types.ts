import type { Sequences } from "../dataset/index.ts";
import type { Device } from "../runtime/index.ts";
import type { ScoreTables } from "./table-ranking.ts";

/** What the evaluation asks of anything that recommends: scores of the whole catalogue for a batch of users. */
export interface Scorer {
  /** Catalogue size I. */
  readonly items: number;
  /**
   * @param users [B] user indices (for models that know users).
   * @param histories [B] each user's items in order, oldest first; may be empty.
   * @returns [B * I] scores, row-major; the buffer may be reused by the next call. Higher is better, never NaN.
   */
  score(users: Int32Array, histories: readonly Int32Array[]): Promise<Float32Array>;
  /**
   * Where scores are made of rows of users and of items: those of these users, one each, and of all items, as they are
   * now. They are ranked on several threads, and `score` is not called.
   */
  readonly tables?: (users: Int32Array, histories: readonly Int32Array[]) => Promise<ScoreTables>;
  /** Where they are ranked. */
  readonly device?: Device | undefined;
}

/** Everything that must be pinned for a number to be comparable. A protocol is data, not code paths. */
export interface Protocol {
  readonly name: string;
  readonly targets: "train" | "valid" | "test" | "valid+test";
  /** What the model sees: train only, or train followed by validation (when targets = test). */
  readonly history: "train" | "train+valid";
  /** Items removed from the candidates: those of the named parts for that user. */
  readonly mask: readonly ("train" | "valid")[];
  /** Items drawn against a user's targets, uniformly from those the user has nowhere; all items unless said. */
  readonly negatives?: number;
  /** Users without a target: left out of the mean, or counted as zero. */
  readonly usersWithoutTarget: "skip" | "zero";
  readonly cutoffs: readonly number[];
  readonly ties: "score-then-item-id";
}

export interface EvaluationInput {
  readonly train: Sequences;
  readonly valid: Sequences;
  readonly test: Sequences;
}

/** One mean per metric label, e.g. "ndcg@10". */
export type Metrics = Record<string, number>;

export const GROUPS = ["head", "tail", "q1", "q2", "q3", "q4", "q5"] as const;
export type GroupName = (typeof GROUPS)[number];

/** Per-user values of one evaluation: row n of every column belongs to user `userIndex[n]`. */
export interface PerUser {
  /** [N] users in the mean, ascending. */
  readonly userIndex: Int32Array;
  /** [N] 1 for a tail user, 0 for a head user. */
  readonly tail: Uint8Array;
  /** [N] 1..5, shortest training histories first. */
  readonly quintile: Uint8Array;
  /** [N * K] the best candidates of each user, best first, to the largest cutoff K; -1 where there are fewer. */
  readonly best: Int32Array;
  /** [N] per label. List metrics (coverage, gini, popularity) have no value per user and are absent. */
  readonly values: Record<string, Float32Array>;
}

export interface Evaluation {
  readonly protocol: string;
  /** Users in the mean. */
  readonly users: number;
  readonly metrics: Metrics;
  /** head, tail, q1..q5 by training length: the same metrics with the number of users; all 0 for an empty group. */
  readonly groups: Record<GroupName, Metrics & { users: number }>;
  /** A user is tail when the training length is at most this. */
  readonly tailUpTo: number;
  readonly perUser: PerUser;
  readonly seconds: number;
}
