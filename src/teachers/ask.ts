import { setTimeout as sleep } from "node:timers/promises";
import { complain } from "../errors.ts";
import type { Random } from "../random.ts";
import type { RateLimit } from "./rate-limit.ts";
import { TeacherFailure, type RawAnswer, type Teacher } from "./teacher.ts";

export interface Patience {
  readonly limit: RateLimit;
  /** Milliseconds one call may take. */
  readonly timeoutMs: number;
  /** Calls after the first that a query may cost while the teacher is busy or down. */
  readonly retries: number;
  /** First pause between calls, in milliseconds; it doubles, and up to as much again is added by chance. */
  readonly pauseMs: number;
  readonly random: Random;
  /** Aborts waiting; a call under way is finished, for its answer is paid. */
  readonly signal: AbortSignal;
}

/** The longest rest a teacher may ask for before we come back another time. */
const longestRestMs = 300_000;

/**
 * Asks until there is an answer or a reason not to go on. `told` hears of every failed call that is repeated.
 * @throws TeacherFailure, UserError "unavailable" when the teacher asks for a longer rest than is sensible, AbortError.
 */
export async function ask(
  teacher: Teacher,
  histories: readonly (readonly string[])[],
  k: number,
  patience: Patience,
  told: (failure: TeacherFailure) => void,
): Promise<readonly RawAnswer[]> {
  // p-retry would drop an answer that arrives after an abort, and that answer is paid.
  for (let attempt = 0; ; attempt++) {
    await patience.limit.turn(histories.length, patience.signal);
    try {
      return await teacher.recommend(histories, k, AbortSignal.timeout(patience.timeoutMs));
    } catch (error) {
      if (!(error instanceof TeacherFailure)) throw error;
      if (error.kind !== "transient" || attempt === patience.retries) throw error;
      told(error);
      await pause(teacher, error, attempt, patience);
    }
  }
}

async function pause(teacher: Teacher, failure: TeacherFailure, attempt: number, patience: Patience) {
  const { retryAfterMs } = failure;
  if (retryAfterMs === null) {
    const ms = patience.pauseMs * 2 ** attempt * (1 + patience.random.uniform());
    await sleep(ms, undefined, { signal: patience.signal });
    return;
  }
  if (retryAfterMs > longestRestMs) {
    throw complain("unavailable", {
      where: teacher.endpoint,
      expected: "an answer within minutes",
      got: `${failure.reason} and the wish to wait ${Math.ceil(retryAfterMs / 60_000)} minutes`,
      fix: "Run the same command again then: recorded answers are not asked again",
    });
  }
  patience.limit.rest(retryAfterMs);
}
