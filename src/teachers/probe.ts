import { setTimeout as sleep } from "node:timers/promises";
import type { UserError } from "../errors.ts";
import { complain } from "../errors.ts";
import type { Run, RunEvent } from "../events.ts";
import { Random } from "../random.ts";
import { readListManifest, writeListSignal, type ListSignalManifest } from "../signals/index.ts";
import type { Patience } from "./ask.ts";
import { answersTo, collect, type Collected } from "./collect.ts";
import { Interview } from "./interview.ts";
import { refuseForeign } from "../files.ts";
import { Ledger, probeFiles } from "./ledger.ts";
import {
  keyOf,
  questionsOf,
  sourceOf,
  type Growth,
  type QuestionOptions,
  type Questions,
} from "./questions.ts";
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
 * @throws UserError "usage", "unavailable", "conflict", "input", "io", "budget", "interrupted".
 */
export async function* probe(options: ProbeOptions): Run<ListSignalManifest> {
  checkLength(options.k, options.teacher);
  const source = sourceOf(options);
  await requireRoomForProbe(options);
  yield* warn(otherData(options));
  const ledger = await Ledger.open(options.out);
  try {
    const grows = "growing" in source;
    const asking = { options, ledger, patience: patienceOf(options), grows };
    const asked = grows ? yield* askInRounds(asking, source) : yield* askOnce(asking, source);
    return yield* writeSignal(options, ledger, asked);
  } finally {
    ledger.close();
  }
}

interface Asking {
  readonly options: ProbeOptions;
  readonly ledger: Ledger;
  readonly patience: Patience;
  /** Whether later questions depend on answers. */
  readonly grows: boolean;
}

interface Asked {
  readonly questions: Questions;
  /** Queries that were in the ledger before. */
  readonly cached: number;
  /** Queries that the budget had no room for. */
  readonly unasked: number;
  /** Of the model that answered. */
  readonly version: string;
}

type Telling<T> = AsyncGenerator<RunEvent, T, void>;

async function* askOnce(asking: Asking, questions: Questions): Telling<Asked> {
  yield { type: "stage", name: "probe", total: questions.plan.first.length, unit: "queries" };
  return yield* askAll(asking, questions, 0);
}

/** What is asked next depends on what was answered: a round for every item of a history that grows. */
async function* askInRounds(asking: Asking, { known, growing, whole }: Growth): Telling<Asked> {
  const { options } = asking;
  const { teacher, dataset } = options;
  const total = (known?.plan.first.length ?? 0) + growing.wanted;
  yield { type: "stage", name: "probe", total, unit: "queries" };
  let [done, cached, unasked, version] = [0, 0, 0, teacher.version];
  const next = () => questionsOf(options, growing.round());
  for (let round = known ?? next(); round.plan.first.length > 0 && unasked === 0; round = next()) {
    const asked = yield* askAll(asking, round, done);
    const count = round.plan.first.length;
    done += count - asked.unasked;
    cached += asked.cached;
    version = asked.version;
    if (asked.unasked > 0) unasked = growing.wanted - (round === known ? 0 : count) + asked.unasked;
    else if (round !== known) growing.grow(await answersTo(asking.ledger, teacher, dataset, round));
  }
  return { questions: whole(), cached, unasked, version };
}

/** Asks what is not in the ledger yet. @param before queries that are through already */
async function* askAll(asking: Asking, questions: Questions, before: number): Telling<Asked> {
  const { options } = asking;
  const { interview, cached } = await prepareInterview(asking, questions);
  yield* watch(interview, before + cached);
  if (options.signal.aborted && interview.unasked > 0) throw stopped(options.out, before + cached, interview);
  const version = interview.version ?? options.teacher.version;
  return { questions, cached, unasked: interview.unasked, version };
}

/** What is not in the ledger yet, and the means to ask it. */
async function prepareInterview({ options, ledger, patience, grows }: Asking, questions: Questions) {
  const { teacher, budget, concurrency } = options;
  const { keys: settled, version } = await ledger.settled(teacher.fingerprint);
  const all = Array.from(questions.plan.first, (_, q) => ({
    key: keyOf(teacher, questions.k, questions.history(q)),
    history: () => questions.history(q),
  }));
  const open = all.filter(({ key }) => !settled.has(key));
  const interview = new Interview({
    teacher,
    k: questions.k,
    ledger,
    version,
    answeredBefore: settled.size > 0,
    wantsAnswers: grows,
    questions: open,
    room: (budget ?? Infinity) - settled.size,
    concurrency: Math.min(concurrency, teacher.capabilities.maxConcurrency),
    patience,
  });
  return { interview, cached: all.length - open.length };
}

async function* writeSignal(
  options: ProbeOptions,
  ledger: Ledger,
  { questions: { plan, k, owned, history }, cached, unasked, version }: Asked,
): Telling<ListSignalManifest> {
  const { teacher, dataset, out, scales, share, seed, pilot, queries, maxLength, views, rest } = options;
  const queryOf = new Map(Array.from(plan.first, (_, q) => [keyOf(teacher, k, history(q)), q]));
  const { rows, counts, received } = await collect(ledger, teacher, queryOf, plan, dataset, k);
  const { keys: settled } = await ledger.settled(teacher.fingerprint);
  if (rows.user.length === 0 && unasked > 0 && counts.failed === 0) throw spent(options, settled.size);
  if (rows.user.length === 0) throw nothingUsable(teacher, counts);
  yield* warn(manyUnknown(counts.unknownIds, received));
  const left = plan.left + unasked;
  return writeListSignal(out, rows, {
    dataset: dataset.manifest.hash,
    teacher: {
      name: teacher.name,
      endpoint: teacher.endpoint,
      version,
      scores: rows.scores === null ? "ids" : "ids+score",
    },
    k,
    scales,
    ...(views === "drop" && { views }),
    ...(rest !== undefined && rest !== "prefixes" && { rest }),
    users: { share, seed, count: owned.length, ...(pilot !== undefined && { pilot }) },
    ...(queries && { queries: { kind: queries, seed, maxLength } }),
    ...(pilot !== undefined && { shuffled: rows.view.filter((view) => view === "shuffle").length }),
    counts: { planned: plan.first.length, paid: settled.size, cached, ...counts, ...(left > 0 && { left }) },
  });
}

/** @throws UserError "usage" for lists longer than the teacher gives. */
export function checkLength(k: number, teacher: Teacher): void {
  const { maxK } = teacher.capabilities;
  if (k <= maxK) return;
  throw complain("usage", {
    where: "--k",
    expected: `at most ${maxK}, the longest list of ${teacher.name}`,
    got: String(k),
    fix: `Ask for ${maxK}`,
  });
}

/**
 * A pilot does not take the place of a full probe, nor a probe of these data that of others.
 * @throws UserError "conflict" for these, and where the folder holds something else.
 */
export async function requireRoomForProbe({
  out,
  pilot,
  dataset,
}: Pick<ProbeOptions, "out" | "pilot" | "dataset">): Promise<void> {
  await refuseForeign(out, probeFiles);
  const there = await readListManifest(out).catch(() => null); // nothing whole that could be lost
  if (there === null) return;
  const other = there.dataset !== dataset.manifest.hash;
  if (!other && (pilot === undefined || there.users.pilot !== undefined)) return;
  throw complain("conflict", {
    where: out,
    expected: other ? "a folder of its own for these data" : "a folder of its own for a pilot",
    got: other ? "the signal of other data" : "the signal of a full probe",
    fix: "Choose another --out",
  });
}

function patienceOf({ qps, timeoutMs, retries = 4, pauseMs = 500, seed, signal }: ProbeOptions): Patience {
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

function stopped(out: string, cached: number, { done, unasked }: Interview): UserError {
  return complain("interrupted", {
    where: out,
    expected: `to ask ${cached + done + unasked} queries`,
    got: `a signal to stop after ${cached + done}`,
    fix: "Run the same command again to go on: recorded answers are not asked again",
  });
}

function* warn(message: string | null): Generator<RunEvent, void, void> {
  if (message !== null) yield { type: "notice", message };
}

function otherData({ teacher, dataset: { manifest, directory } }: ProbeOptions): string | null {
  if (teacher.dataset === undefined || teacher.dataset.hash === manifest.hash) return null;
  const [theirs, ours] = [teacher.dataset, manifest].map(
    ({ name, hash }) => `${name} (${hash.slice(0, 12)})`,
  );
  return `The teacher was trained on other data: ${theirs!}, not ${ours!} in ${directory}. Check that equal ids mean equal items.`;
}

/** Share of unknown ids above which they are more than a few new items. */
const many = 0.05;

function manyUnknown(unknown: number, received: number): string | null {
  if (unknown <= many * received) return null;
  const share = `${((100 * unknown) / received).toFixed(1)} %`;
  return `Warning: ${share} of the teacher's ids (${unknown} of ${received}) are no items of this data, and were dropped. Check that it is a teacher of this catalogue.`;
}

/** On answers to other questions: of another length, seed or history. */
function spent({ out, budget }: ProbeOptions, paid: number): UserError {
  return complain("budget", {
    where: "--budget",
    expected: `more than the ${paid} answers that are spent (over all runs in ${out})`,
    got: String(budget),
    fix: "Raise it, or ask again what those runs asked",
  });
}

function nothingUsable(teacher: Teacher, counts: Collected["counts"]): UserError {
  const reasons = Object.entries(counts.reasons ?? {}).map(([reason, n]) => `${reason} (${n})`);
  return complain("input", {
    where: teacher.endpoint,
    expected: "at least one usable answer",
    got: reasons.length === 0 ? "none" : reasons.join(", "),
    fix: "Check the URL, the adapter and that the teacher knows the items of this data",
  });
}
