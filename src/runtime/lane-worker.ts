/** A thread that runs lanes. It is started from text, so that it is the same from source and from dist. */
import { Worker, type MessagePort } from "node:worker_threads";
import { internal } from "../errors.ts";
import type { Feed } from "../graph/index.ts";
import { Lanes, type LanePlan, type LaneResult, type Ort, type PartJob } from "./lane.ts";

/** The parts of each lane that one thread runs. */
export type LaneJobs = readonly { readonly lane: number; readonly parts: readonly PartJob[] }[];

interface Setting {
  readonly plan: LanePlan;
  /** Inputs every part has, over shared memory: the thread copies them anew for each job. */
  readonly resident: Readonly<Record<string, Feed>>;
}

type Reply = { readonly results: readonly LaneResult[] } | { readonly failure: string };

const text = `
const { parentPort, workerData } = require("node:worker_threads");
const ort = require("node:module").createRequire(workerData.from)("onnxruntime-node");
(${String(serve)})(ort, ${String(Lanes)}, parentPort, workerData);`;

/** Runs in the thread, as text: uses its arguments only. */
function serve(ort: Ort, LanesClass: typeof Lanes, port: MessagePort, { plan, resident }: Setting): void {
  const copies = Object.entries(resident).map(([name, { data, shape }]) => {
    const own = new Float32Array(data.length);
    return {
      name,
      from: data as Float32Array,
      feed: { data: own, shape },
      refresh: () => own.set(data as Float32Array),
    };
  });
  const own = Object.fromEntries(copies.map(({ name, feed }) => [name, feed]));
  const opened = ort.InferenceSession.create(plan.model, plan.options).then(
    (session) => new LanesClass(ort, session, plan, own, true),
  );
  const answer = async (jobs: LaneJobs): Promise<Reply> => {
    const lanes = await opened;
    for (const { refresh } of copies) refresh();
    const results: LaneResult[] = [];
    for (const { lane, parts } of jobs) results.push(await lanes.run(lane, parts));
    return { results };
  };
  opened.catch(() => undefined); // the first job says it
  port.on("message", (jobs: LaneJobs) => {
    void answer(jobs)
      .catch((error: unknown): Reply => ({ failure: error instanceof Error ? error.message : String(error) }))
      .then((reply) => port.postMessage(reply));
  });
}

interface Waiting {
  resolve(results: readonly LaneResult[]): void;
  reject(error: Error): void;
}

export class LaneWorker {
  readonly #worker: Worker;
  #waiting: Waiting | null = null;
  #dead: Error | null = null;

  constructor(setting: Setting) {
    const workerData = { ...setting, from: import.meta.url };
    this.#worker = new Worker(text, { eval: true, execArgv: [], workerData });
    this.#worker.unref(); // an idle thread keeps no process alive
    this.#worker.on("message", (reply: Reply) => this.#settle(reply));
    this.#worker.on("error", (error) => this.#die(error));
    this.#worker.on("exit", (code) => this.#die(internal(`a worker thread stopped with code ${code}`)));
  }

  /** @returns a result per lane; one call at a time. @throws what the thread met. */
  run(jobs: LaneJobs): Promise<readonly LaneResult[]> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#worker.ref();
      this.#worker.postMessage(jobs);
      if (this.#dead !== null) this.#die(this.#dead);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#worker.unref();
    if ("results" in reply) waiting?.resolve(reply.results);
    else waiting?.reject(new Error(reply.failure));
  }

  #die(error: Error): void {
    this.#dead ??= error;
    this.#waiting?.reject(this.#dead);
    this.#waiting = null;
  }
}
