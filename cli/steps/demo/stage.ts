import type { Run } from "../../../src/events.ts";
import { duration } from "../../frame/progress.ts";
import type { Io } from "../../frame/types.ts";

export interface StageTime {
  readonly name: string;
  readonly seconds: number;
}

/** Runs the demo's stages one after the other, with one line and its seconds for each. */
export class Stages {
  readonly times: StageTime[] = [];

  constructor(private readonly io: Io) {}

  /** @param say what came of it, in a few words. */
  async run<R>(name: string, run: Run<R>, say: (result: R) => string): Promise<R> {
    this.io.signal.throwIfAborted();
    const began = performance.now();
    const result = await this.io.drive(run);
    const seconds = (performance.now() - began) / 1000;
    this.times.push({ name, seconds });
    this.io.note(`${name.padEnd(20)} ${say(result)}, ${duration(seconds)}`);
    return result;
  }
}

/** A training as one stage of epochs, where {@link Run} itself tells every epoch and step. */
export async function* byEpoch<R>(name: string, run: Run<R>): Run<R> {
  yield { type: "stage", name, total: null, unit: "epochs" };
  let note = "no validation yet";
  for (;;) {
    const next = await run.next();
    if (next.done === true) return next.value;
    const event = next.value;
    if (event.type === "validation") note = `validation ${event.metric} ${event.value.toFixed(4)}`;
    if (event.type === "epoch") yield { type: "progress", done: event.epoch, note };
    if (event.type === "notice") yield event;
  }
}
