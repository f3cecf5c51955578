import { setMaxListeners } from "node:events";
import type { UserError } from "../errors.ts";
import { complain } from "../errors.ts";
import { ask, type Patience } from "./ask.ts";
import type { Ledger } from "./ledger.ts";
import { TeacherFailure, type RawAnswer, type Teacher } from "./teacher.ts";

/** One query on its way: its ledger key and the history to send. */
export interface Question {
  readonly key: string;
  history(): readonly string[];
}

export interface InterviewOptions {
  readonly teacher: Teacher;
  readonly k: number;
  readonly questions: readonly Question[];
  readonly ledger: Ledger;
  /** Answers that may still be paid. */
  readonly room: number;
  readonly concurrency: number;
  readonly patience: Patience;
  /** Version that gave the answers already in the ledger. */
  readonly version: string | null;
  /** Whether the ledger holds an answer of this teacher. */
  readonly answeredBefore: boolean;
  /** Whether there is nothing to go on with where no question is answered. */
  readonly wantsAnswers: boolean;
}

/** Queries that fail one after another, retries included, before we take the teacher for lost: fewer at the start. */
const lostAfter = { neverAnswered: 3, answeredBefore: 10 };

/** Asks all questions, several at once, recording each answer before it counts. */
export class Interview {
  /** Questions that are through, in this run. */
  done = 0;
  paid = 0;
  failed = 0;
  retries = 0;
  version: string | null;
  readonly #options: InterviewOptions;
  readonly #stop = new AbortController();
  readonly #patience: Patience;
  #next = 0;
  #underWay = 0;
  #failedInARow = 0;
  #everAnswered: boolean;

  constructor(options: InterviewOptions) {
    this.#options = options;
    this.version = options.version;
    this.#everAnswered = options.answeredBefore;
    const signal = AbortSignal.any([options.patience.signal, this.#stop.signal]);
    setMaxListeners(0, signal); // as many calls as there are at once wait on it
    this.#patience = { ...options.patience, signal };
  }

  /** Questions that were not asked, for want of budget or because we were stopped. */
  get unasked(): number {
    return this.#options.questions.length - this.done;
  }

  /**
   * Returns when all is asked, the budget is spent or the signal stops it; calls under way are finished first.
   * @throws UserError "unavailable" when the teacher seems lost, "conflict" when its version changes, "io".
   */
  async run(): Promise<void> {
    const workers = Array.from({ length: this.#options.concurrency }, () => this.#work());
    const ends = await Promise.allSettled(workers);
    const failure = ends.find((end) => end.status === "rejected");
    if (failure !== undefined) throw failure.reason;
  }

  /** Asks nothing more; calls under way are finished. */
  stop(): void {
    this.#stop.abort();
  }

  async #work(): Promise<void> {
    try {
      for (let batch = this.#take(); batch.length > 0; batch = this.#take()) await this.#ask(batch);
    } catch (error) {
      if (this.#patience.signal.aborted && error instanceof Error && error.name === "AbortError") return;
      this.stop();
      throw error;
    }
  }

  /** The next questions there is budget for, counting calls under way as paid. */
  #take(): readonly Question[] {
    const { questions, room, teacher } = this.#options;
    if (this.#patience.signal.aborted) return [];
    const count = Math.min(teacher.capabilities.batch, room - this.paid - this.#underWay);
    const batch = questions.slice(this.#next, this.#next + Math.max(0, count));
    this.#next += batch.length;
    this.#underWay += batch.length;
    return batch;
  }

  async #ask(batch: readonly Question[]): Promise<void> {
    const { teacher, k } = this.#options;
    let retries = 0;
    const told = () => {
      retries++;
      this.retries++;
    };
    try {
      const histories = batch.map((question) => question.history());
      const answers = await ask(teacher, histories, k, this.#patience, told);
      await this.#answered(batch, answers, retries);
    } catch (error) {
      if (!(error instanceof TeacherFailure)) throw error;
      await this.#failed(batch, error, retries);
    } finally {
      this.#underWay -= batch.length;
    }
  }

  async #answered(batch: readonly Question[], answers: readonly RawAnswer[], retries: number): Promise<void> {
    for (const { version } of answers) this.#checkVersion(version);
    const { ledger, teacher } = this.#options;
    const entries = batch.map(({ key }, i) => ({
      ...answers[i]!,
      key,
      outcome: "answered" as const,
      reason: null,
      retries: i === 0 ? retries : 0,
    }));
    await Promise.all(entries.map((entry) => ledger.record(teacher.fingerprint, entry)));
    this.#failedInARow = 0;
    this.#everAnswered = true;
    this.paid += batch.length;
    this.done += batch.length;
  }

  async #failed(batch: readonly Question[], failure: TeacherFailure, retries: number): Promise<void> {
    const { ledger, teacher } = this.#options;
    const paid = failure.kind === "bad-answer";
    for (const { key } of batch) {
      await ledger.record(teacher.fingerprint, {
        key,
        outcome: paid ? "bad" : "failed",
        ids: [],
        scores: null,
        version: null,
        reason: failure.reason,
        retries,
      });
    }
    if (paid) this.paid += batch.length;
    this.failed += batch.length;
    this.done += batch.length;
    this.#failedInARow++;
    if (this.#isLost(failure)) throw lost(teacher, failure, this.#failedInARow);
  }

  /** Once it has answered, a refused or unreadable query says something about the query, not about the teacher. */
  #isLost({ kind }: TeacherFailure): boolean {
    if (!this.#everAnswered) return this.#failedInARow >= lostAfter.neverAnswered;
    const { questions, wantsAnswers } = this.#options;
    const enough = Math.min(lostAfter.answeredBefore, wantsAnswers ? questions.length : Infinity);
    return (kind === "transient" || kind === "denied") && this.#failedInARow >= enough;
  }

  /** A retrained teacher is another teacher: its answers must not be mixed with the ones before. */
  #checkVersion(version: string | null): void {
    if (version === null) return;
    this.version ??= version;
    if (version === this.version) return;
    throw complain("conflict", {
      where: this.#options.teacher.endpoint,
      expected: `version ${this.version}, which gave the answers so far`,
      got: `version ${version}`,
      fix: "Put the old version back and run again, or probe the new one into another --out",
    });
  }
}

function lost(teacher: Teacher, failure: TeacherFailure, failures: number): UserError {
  const down = failure.kind === "transient";
  return complain(down ? "unavailable" : "input", {
    where: teacher.endpoint,
    expected: "an answer",
    got: `${failures} failures in a row, the last: ${failure.message}`,
    fix: down
      ? "Run the same command again when it is back: recorded answers are not asked again"
      : "Check the URL, the adapter and its secrets, then run the same command again",
  });
}
