/** A thread that answers one job after another. It is started from text, so that it is the same from source and from dist. */
import { Worker, type MessagePort } from "node:worker_threads";
import { internal } from "../errors.ts";
import type { Ort } from "./lane.ts";

export type Answer<Job, Result> = (job: Job) => Promise<Result>;

/**
 * Makes what answers jobs; it runs in the thread, as text, and uses its arguments only.
 * @param setting what the thread was started with @param classes as given to the thread
 */
export type Opener<Setting, Job, Result> = (
  ort: Ort,
  setting: Setting,
  ...classes: never[]
) => Answer<Job, Result>;

type Reply<Result> = { readonly result: Result } | { readonly failure: string };

/** Runs in the thread, as text. */
function serve<Job, Result>(port: MessagePort, answer: Answer<Job, Result>): void {
  port.on("message", (job: Job) => {
    void answer(job)
      .then((result): Reply<Result> => ({ result }))
      .catch((error: unknown) => ({ failure: error instanceof Error ? error.message : String(error) }))
      .then((reply) => port.postMessage(reply));
  });
}

const textOf = (open: unknown, classes: readonly unknown[]) => `
const { parentPort, workerData } = require("node:worker_threads");
const ort = require("node:module").createRequire(workerData.from)("onnxruntime-node");
const classes = [${classes.map(String).join(", ")}];
(${String(serve)})(parentPort, (${String(open)})(ort, workerData.setting, ...classes));`;

interface Waiting<Result> {
  resolve(result: Result): void;
  reject(error: Error): void;
}

export class Thread<Job, Result> {
  readonly #worker: Worker;
  #waiting: Waiting<Result> | null = null;
  #dead: Error | null = null;

  /** @param classes what `open` needs besides, as text too */
  constructor(open: Opener<never, Job, Result>, classes: readonly unknown[], setting: unknown) {
    const workerData = { setting, from: import.meta.url };
    this.#worker = new Worker(textOf(open, classes), { eval: true, execArgv: [], workerData });
    this.#worker.unref(); // an idle thread keeps no process alive
    this.#worker.on("message", (reply: Reply<Result>) => this.#settle(reply));
    this.#worker.on("error", (error) => this.#die(error));
    this.#worker.on("exit", (code) => this.#die(internal(`a worker thread stopped with code ${code}`)));
  }

  /** One call at a time. @throws what the thread met. */
  run(job: Job): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#worker.ref();
      this.#worker.postMessage(job);
      if (this.#dead !== null) this.#die(this.#dead);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(reply: Reply<Result>): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#worker.unref();
    if ("result" in reply) waiting?.resolve(reply.result);
    else waiting?.reject(new Error(reply.failure));
  }

  #die(error: Error): void {
    this.#dead ??= error;
    this.#waiting?.reject(this.#dead);
    this.#waiting = null;
  }
}
