/** The same graph on this thread and on others: one does a whole job with it, or several their parts. */
import * as ort from "onnxruntime-node";
import { emit, type Tensor } from "../graph/index.ts";
import type { Ort } from "./lane.ts";
import { defaultDevice, openSession, sessionOptions, type Device } from "./session.ts";
import { Thread, type Answer } from "./thread.ts";

export type Session = ort.InferenceSession;

/** What a crew is made of. Its text runs in other threads: it uses its arguments and nothing else from outside itself. */
export type Hand<Setting, Job, Result, Tools extends readonly unknown[]> = new (
  ort: Ort,
  session: Session,
  setting: Setting,
  ...tools: Tools
) => { run(job: Job): Promise<Result> };

export class Crew<Job, Result> {
  readonly #own: { run(job: Job): Promise<Result> };
  readonly #start: () => Thread<Job, Result>;
  readonly #threads: Thread<Job, Result>[] = [];
  /** How many may work at once. */
  readonly size: number;

  private constructor(
    own: { run(job: Job): Promise<Result> },
    start: () => Thread<Job, Result>,
    size: number,
  ) {
    this.#own = own;
    this.#start = start;
    this.size = size;
  }

  /**
   * Operations run on one thread each. A device other than the CPU is used from this thread alone.
   * @param tools classes that `HandClass` needs, whose text can run in other threads too
   */
  static async open<Setting, Job, Result, Tools extends readonly unknown[]>(
    outputs: Readonly<Record<string, Tensor>>,
    [HandClass, ...tools]: readonly [Hand<Setting, Job, Result, Tools>, ...Tools],
    setting: Setting,
    device: Device = defaultDevice,
  ): Promise<Crew<Job, Result>> {
    const single = { ...device, threads: 1 };
    const model = emit({ outputs });
    const own = new HandClass(ort, await openSession(model, single), setting, ...tools);
    const plan = { model, options: sessionOptions(single), setting };
    const start = () => new Thread<Job, Result>(openHand, [HandClass, ...tools], plan);
    return new Crew(own, start, device.provider === "cpu" ? device.threads : 1);
  }

  /**
   * One job is done on this thread, several on others: ONNX Runtime copies every output into a new array, and the garbage
   * collector's work is less where there is nothing but such arrays.
   * @param jobs at most `size` @returns a result per job
   */
  async run(jobs: readonly Job[]): Promise<Result[]> {
    if (jobs.length === 1) return [await this.#own.run(jobs[0]!)];
    while (this.#threads.length < jobs.length) this.#threads.push(this.#start());
    const settled = await Promise.allSettled(jobs.map((job, n) => this.#threads[n]!.run(job)));
    for (const one of settled) if (one.status === "rejected") throw one.reason;
    return settled.map((one) => (one as PromiseFulfilledResult<Result>).value);
  }
}

interface HandPlan<Setting> {
  readonly model: Uint8Array;
  readonly options: ort.InferenceSession.SessionOptions;
  readonly setting: Setting;
}

/** Runs in the thread, as text. */
function openHand<Setting, Job, Result, Tools extends readonly unknown[]>(
  runtime: Ort,
  { model, options, setting }: HandPlan<Setting>,
  HandClass: Hand<Setting, Job, Result, Tools>,
  ...tools: Tools
): Answer<Job, Result> {
  const opened = runtime.InferenceSession.create(model, options).then(
    (session) => new HandClass(runtime, session, setting, ...tools),
  );
  opened.catch(() => undefined); // the first job says it
  return async (job) => (await opened).run(job);
}
