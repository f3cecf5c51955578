/**
 * What a long run says while it works. The library is silent: functions that take time are async generators
 * that yield these and return their result. The CLI's bar, the JSONL log and the report are readers of one stream.
 */
export type RunEvent =
  /** A new stage begins; `total` in `unit`s where it is known. */
  | { type: "stage"; name: string; total: number | null; unit: string }
  /** `done` units of the current stage are finished. */
  | { type: "progress"; done: number; note?: string }
  /** One training epoch ended: mean loss per target, seconds of the epoch without validation. */
  | { type: "epoch"; epoch: number; loss: number; seconds: number }
  /** A validation ran after `epoch`; `best` when it is the best so far. */
  | { type: "validation"; epoch: number; metric: string; value: number; best: boolean; seconds: number }
  | CurriculumEvent
  /** Something a user should know; with a remedy where there is one. */
  | { type: "notice"; message: string };

/** How far users have come in each teacher's states before an epoch: means over users, from 0, the first state. */
export interface CurriculumEvent {
  type: "curriculum";
  /** Finished epochs. */
  epoch: number;
  /** Number of the last state. */
  last: number;
  /** By name; head and tail are the users with long and with short histories, null where there are none. */
  teachers: Record<string, { mean: number; head: number | null; tail: number | null }>;
  /** Whether all teachers have come to the last state. */
  done: boolean;
}

export type Run<Result> = AsyncGenerator<RunEvent, Result, void>;

/** Drives a run to its end, handing every event to `listen`. @returns the run's result. */
export async function drive<R>(run: Run<R>, listen: (event: RunEvent) => void = () => undefined): Promise<R> {
  for (;;) {
    const step = await run.next();
    if (step.done === true) return step.value;
    listen(step.value);
  }
}
