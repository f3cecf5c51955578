/**
 * One graph run over the parts of a batch on several threads. Which parts are added up in which order follows from the
 * number of parts alone: the result is the same bit for bit on any number of threads.
 */
import * as ort from "onnxruntime-node";
import { emit, sizeOf, type Feed, type Tensor } from "../graph/index.ts";
import { Lanes, type LanePlan, type LaneResult, type PartJob, type Reduction } from "./lane.ts";
import { openLanes, type LaneJobs } from "./lane-worker.ts";
import { defaultDevice, openSession, sessionOptions, type Device } from "./session.ts";
import { Signature } from "./signature.ts";
import { Thread } from "./thread.ts";

/** At most so many threads share a batch: each lane more costs the caller one more result to add up. */
const mostLanes = 4;

/** Other threads must copy the resident inputs first: not worth it when these are so many times what a run computes. */
const mostCopied = 4;

type Feeds = Readonly<Record<string, Feed>>;

export class ParallelProgram {
  readonly #signature: Signature;
  readonly #plan: LanePlan;
  readonly #resident: Feeds;
  readonly #threads: number;
  readonly #own: Lanes;
  /** Copies of the resident inputs, for other threads to read. */
  readonly #mirror: Feeds;
  readonly #workers: Thread<LaneJobs, readonly LaneResult[]>[] = [];

  private constructor(signature: Signature, plan: LanePlan, resident: Feeds, own: Lanes, threads: number) {
    this.#signature = signature;
    this.#plan = plan;
    this.#resident = resident;
    this.#own = own;
    this.#threads = threads;
    const shared = Object.entries(resident).map(([name, { data, shape }]) => {
      return [name, { data: new Float32Array(new SharedArrayBuffer(data.byteLength)), shape }] as const;
    });
    this.#mirror = Object.fromEntries(shared);
  }

  /** @param resident float32 inputs that every part has and no thread changes while parts run: the weights */
  static async compile(
    outputs: Readonly<Record<string, Tensor>>,
    reduction: Reduction,
    resident: Feeds,
    device: Device = defaultDevice,
  ): Promise<ParallelProgram> {
    const signature = new Signature(outputs);
    const single = { ...device, threads: 1 };
    const model = emit({ outputs });
    const entries = [...signature.inputs, ...Object.entries(signature.outputs)];
    const dtypes = Object.fromEntries(entries.map(([name, { dtype }]) => [name, dtype]));
    const plan = { model, options: sessionOptions(single), reduction, dtypes };
    const used = Object.fromEntries(Object.entries(resident).filter(([name]) => signature.inputs.has(name)));
    const lanes = new Lanes(ort, await openSession(model, single), plan, used, false);
    return new ParallelProgram(signature, plan, used, lanes, device.threads);
  }

  /** @returns a result per lane, to be added up in this order; valid until the next run. */
  async run(parts: readonly Feeds[]): Promise<LaneResult[]> {
    const lanes = this.#lanesOf(parts);
    const threads = this.#worthSharing(lanes) ? Math.min(this.#threads, lanes.length) : 1;
    const share = (thread: number) => lanes.filter(({ lane }) => lane % threads === thread);
    if (threads > 1) this.#prepare(threads - 1);
    const theirs = this.#workers.slice(0, threads - 1).map((worker, w) => worker.run(share(w + 1)));
    const found = await allDone([this.#runHere(share(0)), ...theirs]);
    return lanes.map(({ lane }) => found[lane % threads]![Math.floor(lane / threads)]!);
  }

  /** Stops the other threads; the program can run again, and starts them again. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.close()));
  }

  /** Part p goes to lane p mod L: neighbours may be alike in size, and lanes should be so. */
  #lanesOf(parts: readonly Feeds[]): LaneJobs {
    const jobs = parts.map((feeds): PartJob => {
      const { inputs, shapes } = this.#signature.bind({ ...this.#resident, ...feeds });
      const own = Object.entries(inputs).filter(([name]) => !(name in this.#resident));
      return { feeds: Object.fromEntries(own), shapes };
    });
    const count = Math.min(mostLanes, parts.length);
    return Array.from({ length: count }, (_, lane) => ({
      lane,
      parts: jobs.filter((_j, p) => p % count === lane),
    }));
  }

  #worthSharing(lanes: LaneJobs): boolean {
    const shapes = lanes.flatMap(({ parts }) => parts.flatMap((part) => Object.values(part.shapes)));
    const computed = shapes.reduce((n, shape) => n + sizeOf(shape), 0);
    const copied = Object.values(this.#resident).reduce((n, { data }) => n + data.length, 0);
    return copied <= mostCopied * computed;
  }

  #prepare(workers: number): void {
    while (this.#workers.length < workers)
      this.#workers.push(new Thread(openLanes, [Lanes], { plan: this.#plan, resident: this.#mirror }));
    for (const [name, { data }] of Object.entries(this.#resident))
      (this.#mirror[name]!.data as Float32Array).set(data as Float32Array);
  }

  async #runHere(jobs: LaneJobs): Promise<LaneResult[]> {
    const results: LaneResult[] = [];
    for (const { lane, parts } of jobs) results.push(await this.#own.run(lane, parts));
    return results;
  }
}

/** As Promise.all, but nobody works on when it fails: the next run finds every thread idle. */
async function allDone<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(work);
  for (const one of settled) if (one.status === "rejected") throw one.reason;
  return Promise.all(work);
}
