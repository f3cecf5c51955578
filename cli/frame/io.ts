import { drive, type Run } from "../../src/events.ts";
import { progressOn } from "./progress.ts";
import type { Io } from "./types.ts";

export interface Shared {
  readonly seed: number;
  readonly json: boolean;
  readonly quiet: boolean;
}

export function createIo(shared: Shared, signal: AbortSignal): Io {
  const note = (text: string): void => {
    if (!shared.quiet) process.stderr.write(`${text}\n`);
  };
  return { ...shared, signal, note, drive: (run) => (shared.quiet ? drive(run) : watch(run)) };
}

async function watch<R>(run: Run<R>): Promise<R> {
  const progress = progressOn(process.stderr);
  try {
    return await drive(run, (event) => progress.show(event));
  } finally {
    progress.stop();
  }
}

/** @returns a signal aborted by the first SIGINT or SIGTERM; the second ends the process with 130. */
export function stopSignal(tell: (text: string) => void): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    tell("Stopping. Once more ends at once.");
    controller.abort();
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  return controller.signal;
}
