import { SingleBar } from "cli-progress";
import type { RunEvent } from "../../src/events.ts";

/** Where progress is written: stderr, or anything like it. */
export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** A reader of the event stream. */
export interface Progress {
  show(event: RunEvent): void;
  /** Ends the current stage; a bar leaves the screen. */
  stop(): void;
}

type Stage = Extract<RunEvent, { type: "stage" }>;
type Done = Omit<Extract<RunEvent, { type: "progress" }>, "type">;
type Told = Exclude<RunEvent, { type: "stage" | "progress" }>;

/** A bar on a terminal, plain lines elsewhere. */
export function progressOn(stream: NodeJS.WriteStream): Progress {
  return stream.isTTY ? new Bar(stream) : new Lines(stream);
}

/** A line at each stage, then one every `everyMs` while work is reported. */
export class Lines implements Progress {
  readonly #screen: Screen;
  readonly #everyMs: number;
  #stage: Stage | null = null;
  #started = 0;
  #last = 0;

  constructor(screen: Screen, everyMs = 10_000) {
    this.#screen = screen;
    this.#everyMs = everyMs;
  }

  show(event: RunEvent): void {
    if (event.type === "stage") this.#begin(event);
    else if (event.type === "progress") this.#advance(event.done, event.note);
    else this.#screen.write(`${tell(event)}\n`);
  }

  stop(): void {
    this.#stage = null;
  }

  #begin(stage: Stage): void {
    this.#stage = stage;
    this.#started = this.#last = performance.now();
    this.#screen.write(
      stage.total === null ? `${stage.name}\n` : `${stage.name}: ${amount(stage.total)} ${stage.unit}\n`,
    );
  }

  #advance(done: number, note: string | undefined): void {
    const now = performance.now();
    if (this.#stage === null || now - this.#last < this.#everyMs) return;
    this.#last = now;
    this.#screen.write(`${this.#stage.name}: ${advance(this.#stage, done, now - this.#started, note)}\n`);
  }
}

/** One bar for the current stage at the foot of the terminal; told things scroll above it. */
export class Bar implements Progress {
  readonly #stream: NodeJS.WriteStream;
  #bar: SingleBar | null = null;
  #stage: Stage | null = null;
  #started = 0;
  #done: Done = { done: 0 };

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(event: RunEvent): void {
    if (event.type === "stage") this.#begin(event);
    else if (event.type === "progress") this.#bar?.update(event.done, (this.#done = event));
    else this.#tell(tell(event));
  }

  stop(): void {
    this.#bar?.stop();
    this.#bar = null;
  }

  #begin(stage: Stage): void {
    this.stop();
    this.#stage = stage;
    this.#started = performance.now();
    this.#done = { done: 0 };
    this.#draw(stage);
  }

  /** The bar goes and comes back below: it remembers where it stood on the screen, and a line would move that. */
  #tell(text: string): void {
    this.stop();
    this.#stream.write(`${text}\n`);
    if (this.#stage !== null) this.#draw(this.#stage);
  }

  #draw(stage: Stage): void {
    this.#bar = new SingleBar({
      stream: this.#stream,
      linewrap: true, // cuts to the width of the terminal; its own settings stay as they are
      clearOnComplete: true,
      gracefulExit: false, // a first signal saves and stops: the run still has things to show
      forceRedraw: true,
      format: (_options, { progress }) =>
        barLine(stage, progress, this.#done, performance.now() - this.#started),
    });
    this.#bar.start(stage.total ?? 0, this.#done.done);
  }
}

function barLine(stage: Stage, progress: number, { done, note }: Done, ms: number): string {
  const width = 24;
  const full = Math.round(Math.min(1, progress) * width);
  const bar = stage.total === null ? "" : `[${"=".repeat(full)}${" ".repeat(width - full)}] `;
  return `${stage.name} ${bar}${advance(stage, done, ms, note)}`;
}

/** "1,200/5,000 users, 300/s, 13 s left, note" */
function advance(stage: Stage, done: number, ms: number, note: string | undefined): string {
  const rate = ms > 0 ? (done * 1000) / ms : 0;
  const of = stage.total === null ? amount(done) : `${amount(done)}/${amount(stage.total)}`;
  const parts = [`${of} ${stage.unit}`];
  if (done > 0) parts.push(`${amount(rate)}/s`);
  if (done > 0 && stage.total !== null) parts.push(`${duration((stage.total - done) / rate)} left`);
  else parts.push(duration(ms / 1000));
  if (note !== undefined) parts.push(note);
  return parts.join(", ");
}

function tell(event: Told): string {
  switch (event.type) {
    case "epoch":
      return `epoch ${event.epoch}: loss ${event.loss.toFixed(4)}, ${duration(event.seconds)}`;
    case "validation": {
      const best = event.best ? " (best so far)" : "";
      return `epoch ${event.epoch}: ${event.metric} ${event.value.toFixed(4)}${best}, ${duration(event.seconds)}`;
    }
    case "curriculum": {
      const states = Object.entries(event.teachers).map(([name, means]) => `${name} ${meansOf(means)}`);
      return `epoch ${event.epoch}: states of ${event.last} (head, tail) ${states.join("; ")}${event.done ? "; finished" : ""}`;
    }
    case "notice":
      return event.message;
  }
}

/** "1.20 (1.31, 1.05)": all users, those with long and with short histories. */
function meansOf({
  mean,
  head,
  tail,
}: Extract<RunEvent, { type: "curriculum" }>["teachers"][string]): string {
  const [long, short] = [head, tail].map((group) => group?.toFixed(2) ?? "-");
  return `${mean.toFixed(2)} (${long}, ${short})`;
}

function amount(value: number): string {
  return value.toLocaleString(
    "en-US",
    value < 10 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 0 },
  );
}

/** "3.2 s", "2 min 05 s", "1 h 02 min" */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (n: number) => String(n).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}
