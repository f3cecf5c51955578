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
  /** Something a user should know; with a remedy where there is one. */
  | { type: "notice"; message: string };

export type Run<Result> = AsyncGenerator<RunEvent, Result, void>;

/** Drives a run to its end, handing every event to `listen`. @returns the run's result. */
export async function drive<R>(run: Run<R>, listen: (event: RunEvent) => void = () => undefined): Promise<R> {
  for (;;) {
    const step = await run.next();
    if (step.done === true) return step.value;
    listen(step.value);
  }
}
