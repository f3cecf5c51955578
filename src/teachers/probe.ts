import { setTimeout as sleep } from "node:timers/promises";
import type { UserError } from "../errors.ts";
import { complain } from "../errors.ts";
import type { Run, RunEvent } from "../events.ts";
import { Random } from "../random.ts";
import { writeListSignal, type ListSignalManifest } from "../signals/index.ts";
import { collect, type Collected } from "./collect.ts";
import { Interview } from "./interview.ts";
import { Ledger } from "./ledger.ts";
import { keyOf, prepareQuestions, type QuestionOptions, type Questions } from "./questions.ts";
import { RateLimit } from "./rate-limit.ts";
import type { Teacher } from "./teacher.ts";

export interface ProbeOptions extends QuestionOptions {
  readonly teacher: Teacher;
  /** Folder of the signal and, beside it, the ledger of paid answers. */
  readonly out: string;
  /** Queries per second; null = as fast as the teacher answers. */
  readonly qps: number | null;
  /** Calls at once; the teacher's own bound applies too. */
  readonly concurrency: number;
  /** Milliseconds one call may take. */
  readonly timeoutMs: number;
  /** Calls after the first while the teacher is busy or down (default 4). */
  readonly retries?: number;
  /** First pause between them in milliseconds; it doubles (default 500). */
  readonly pauseMs?: number;
  /** Finishes the calls under way, saves and stops. */
  readonly signal: AbortSignal;
}

/**
 * Asks a teacher within a budget and writes the `lists` signal. What was paid is never asked again: the same call
 * resumes after any kind of end.
 * @returns the manifest; `counts.left` above 0 means that the budget is spent and work is left.
 * @throws UserError "usage", "unavailable", "conflict", "input", "io", "interrupted".
 */
export async function* probe(options: ProbeOptions): Run<ListSignalManifest> {
  checkLength(options);
  const { teacher, out, budget } = options;
  const questions = prepareQuestions(options);
  const queryOf = keysOf(teacher, questions);
  const ledger = await Ledger.open(out);
  try {
    const { keys: settled, version } = await ledger.settled(teacher.fingerprint);
    const open = [...queryOf].filter(([key]) => !settled.has(key));
    const cached = queryOf.size - open.length;
    const interview = new Interview({
      ...options,
      k: questions.k,
      ledger,
      version,
      answeredBefore: settled.size > 0,
      questions: open.map(([key, q]) => ({ key, history: () => questions.history(q) })),
      room: (budget ?? Infinity) - settled.size,
      concurrency: Math.min(options.concurrency, teacher.capabilities.maxConcurrency),
      patience: patienceOf(options),
    });
    yield { type: "stage", name: "probe", total: queryOf.size, unit: "queries" };
    yield* watch(interview, cached);
    if (options.signal.aborted && interview.unasked > 0)
      throw stopped(out, cached + interview.done, queryOf.size);
    const collected = await collect(
      ledger,
      teacher,
      queryOf,
      questions.plan,
      options.dataset.items,
      questions.k,
    );
    if (collected.rows.user.length === 0) throw nothingUsable(teacher, collected);
    const left = questions.plan.left + interview.unasked;
    const asked = { planned: queryOf.size, paid: settled.size + interview.paid, cached };
    return await writeListSignal(out, collected.rows, {
      dataset: options.dataset.manifest.hash,
      teacher: {
        name: teacher.name,
        endpoint: teacher.endpoint,
        version: interview.version ?? teacher.version,
        scores: collected.rows.scores === null ? "ids" : "ids+score",
      },
      k: questions.k,
      scales: options.scales,
      users: { share: options.share, seed: options.seed, count: questions.owned.length },
      counts: { ...asked, ...collected.counts, ...(left > 0 && { left }) },
    });
  } finally {
    ledger.close();
  }
}

function checkLength({ k, teacher }: ProbeOptions): void {
  const { maxK } = teacher.capabilities;
  if (k <= maxK) return;
  throw complain("usage", {
    where: "--k",
    expected: `at most ${maxK}, the longest list of ${teacher.name}`,
    got: String(k),
    fix: `Ask for ${maxK}`,
  });
}

function keysOf(teacher: Teacher, { plan, history, k }: Questions): Map<string, number> {
  const queries = Array.from(plan.first, (_, q) => q);
  return new Map(queries.map((q) => [keyOf(teacher, k, history(q)), q]));
}

function patienceOf({ qps, timeoutMs, retries = 4, pauseMs = 500, seed, signal }: ProbeOptions) {
  const random = new Random(seed).split("probe", "pauses");
  return { limit: new RateLimit(qps), timeoutMs, retries, pauseMs, random, signal };
}

/** Runs an interview to its end, telling how far it is a few times a second. */
async function* watch(interview: Interview, cached: number): AsyncGenerator<RunEvent, void, void> {
  const end = interview.run().then(
    () => ({ ended: true as const }),
    (error: unknown) => ({ ended: true as const, error }),
  );
  try {
    for (;;) {
      const state = await Promise.race([end, sleep(200, { ended: false as const })]);
      yield { type: "progress", done: cached + interview.done, note: noteOf(interview) };
      if (!state.ended) continue;
      if ("error" in state) throw state.error;
      return;
    }
  } finally {
    interview.stop(); // whoever stops listening has no more use for answers
    await end;
  }
}

function noteOf({ retries, failed }: Interview): string {
  return `${retries} retries, ${failed} failed`;
}

function stopped(out: string, done: number, planned: number): UserError {
  return complain("interrupted", {
    where: out,
    expected: `to ask ${planned} queries`,
    got: `a signal to stop after ${done}`,
    fix: "Run the same command again to go on: recorded answers are not asked again",
  });
}

function nothingUsable(teacher: Teacher, { counts }: Collected): UserError {
  const reasons = Object.entries(counts.reasons ?? {}).map(([reason, n]) => `${reason} (${n})`);
  return complain("input", {
    where: teacher.endpoint,
    expected: "at least one usable answer",
    got: reasons.length === 0 ? "none" : reasons.join(", "),
    fix: "Check the URL, the adapter and that the teacher knows the items of this data",
  });
}
