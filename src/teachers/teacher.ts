import type { ScoreKind } from "../signals/index.ts";

/** What a teacher can do, declared before the first call is spent. */
export interface Capabilities {
  readonly scores: ScoreKind;
  /** Longest list it gives; a longer one is refused before anything is asked. */
  readonly maxK: number;
  /** Calls it stands at once. */
  readonly maxConcurrency: number;
  /** Histories per call. */
  readonly batch: number;
  /** Money per answer; null = unknown, and the dry run says so. */
  readonly costPerCall: number | null;
  /** How it takes a history: in the request. */
  readonly sequenceInput: "inline";
  /** Whether items of the history are missing from its lists. */
  readonly filtersSeen: "yes" | "no" | "configurable" | "unknown";
}

/** What a teacher said, untouched: ids of its own catalogue, best first, repeated or unknown ones included. */
export interface RawAnswer {
  readonly ids: readonly string[];
  /** Aligned with ids. */
  readonly scores: readonly number[] | null;
  /** Version of the model that answered, where the teacher tells. */
  readonly version: string | null;
}

/** Anything that turns a history into a list of items. */
export interface Teacher {
  readonly name: string;
  /** URL or path, without secrets. */
  readonly endpoint: string;
  readonly version: string;
  /** Everything besides history and k that shapes an answer; part of the cache key. */
  readonly fingerprint: string;
  /** The data it was trained on, where that is known. */
  readonly dataset?: { readonly name: string; readonly hash: string };
  readonly capabilities: Capabilities;
  /**
   * @param histories at most `capabilities.batch` lists of original item ids, oldest first.
   * @returns one answer per history.
   * @throws TeacherFailure
   */
  recommend(
    histories: readonly (readonly string[])[],
    k: number,
    signal: AbortSignal,
  ): Promise<readonly RawAnswer[]>;
  close(): Promise<void>;
}

/**
 * Why a call gave no answer.
 * - transient: busy, down or slow; the same call may work later
 * - denied: the teacher wants nothing of us, e.g. for want of a valid key
 * - rejected: this call will not work as it is
 * - bad-answer: the call succeeded and is paid, but its answer cannot be read
 */
export type FailureKind = "transient" | "denied" | "rejected" | "bad-answer";

export class TeacherFailure extends Error {
  readonly kind: FailureKind;
  /** A few words to count by, e.g. "HTTP 429"; the message has the details. */
  readonly reason: string;
  /** How long the teacher asked to be left alone. */
  readonly retryAfterMs: number | null;

  constructor(kind: FailureKind, reason: string, detail = "", retryAfterMs: number | null = null) {
    super(detail === "" ? reason : `${reason}: ${detail}`);
    this.name = "TeacherFailure";
    this.kind = kind;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}
