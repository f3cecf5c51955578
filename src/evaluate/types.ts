import type { Sequences } from "../dataset/index.ts";

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
}

/** Everything that must be pinned for a number to be comparable. A protocol is data, not code paths. */
export interface Protocol {
  readonly name: string;
  readonly targets: "valid" | "test";
  /** What the model sees: train only, or train followed by validation (when targets = test). */
  readonly history: "train" | "train+valid";
  /** Items removed from the candidates: those of the named parts for that user. */
  readonly mask: readonly ("train" | "valid")[];
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

export interface Evaluation {
  readonly protocol: string;
  /** Users in the mean. */
  readonly users: number;
  readonly metrics: Metrics;
  /** head, tail, q1..q5 by training length: the same metrics with the number of users. */
  readonly groups: Record<string, Metrics & { users: number }>;
  /** Per-user values, aligned with `userIndex`. */
  readonly perUser: { userIndex: Int32Array; values: Record<string, Float32Array> };
  readonly seconds: number;
}
