/**
 * The only importer of onnxruntime. One place chooses the execution provider and the number of threads; a graph is
 * compiled once per process (creating and releasing sessions leaks, microsoft/onnxruntime#25325).
 */
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { InferenceSession, listSupportedBackends, Tensor as OrtTensor } from "onnxruntime-node";
import { complain } from "../errors.ts";
import {
  bindShape,
  emit,
  leaves,
  learnSymbols,
  sizeOf,
  type Data,
  type DType,
  type Feed,
  type Shape,
  type Tensor,
} from "../graph/index.ts";

export type Provider = "cpu" | "webgpu" | "cuda";

export interface Device {
  readonly provider: Provider;
  /** Threads of one operation; the number of cores unless said. */
  readonly threads: number;
}

export const defaultDevice: Device = { provider: "cpu", threads: availableParallelism() };

const arrays = {
  float32: Float32Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
} as const;

/** Feeds whole arrays without a copy. */
function toOrt(dtype: DType, { data, shape }: Feed): OrtTensor {
  return new OrtTensor(dtype as "float32", data as Float32Array, shape);
}

function dtypeOf(data: Data): DType {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Int32Array) return "int32";
  return data instanceof BigInt64Array ? "int64" : "bool";
}

/** A model from a file, with named inputs and outputs. */
export class ModelFile {
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  /** @throws UserError "unavailable" for a missing device, ONNX Runtime's own error for a file it cannot read. */
  static async open(path: string, device: Device = defaultDevice): Promise<ModelFile> {
    return new ModelFile(await openSession(path, device));
  }

  get inputs(): readonly string[] {
    return this.#session.inputNames;
  }

  /** Runs the model and writes the outputs into the given arrays. */
  async run(inputs: Readonly<Record<string, Feed>>, outputs: Readonly<Record<string, Feed>>): Promise<void> {
    const tensors = (feeds: Readonly<Record<string, Feed>>) =>
      Object.fromEntries(
        Object.entries(feeds).map(([name, feed]) => [name, toOrt(dtypeOf(feed.data), feed)]),
      );
    await this.#session.run(tensors(inputs), tensors(outputs));
  }
}

/** @returns a session, or a complaint that says what the provider lacks. */
async function openSession(
  model: Uint8Array | string,
  device: Device = defaultDevice,
): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: [device.provider],
    intraOpNumThreads: device.threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
  };
  try {
    return await (typeof model === "string"
      ? InferenceSession.create(model, options)
      : InferenceSession.create(model, options));
  } catch (error) {
    if (device.provider === "cpu") throw error;
    const has = listSupportedBackends().map((b) => b.name);
    throw complain(
      "unavailable",
      {
        where: `device "${device.provider}"`,
        expected: "an execution provider that starts here",
        got: `${(error as Error).message.split("\n")[0]!} (built in: ${has.join(", ")})`,
        fix: 'Use --device cpu, or run "potstill doctor" to see what is missing',
      },
      { cause: error },
    );
  }
}

/** A graph ready to run: named inputs in, named outputs out. */
export class Program<Name extends string = string> {
  readonly #session: InferenceSession;
  readonly #outputs: Readonly<Record<Name, Tensor>>;
  readonly #inputs: ReadonlyMap<string, { dtype: DType; shape: Shape }>;
  readonly #buffers = new Map<string, Data>();

  private constructor(session: InferenceSession, outputs: Readonly<Record<Name, Tensor>>) {
    this.#session = session;
    this.#outputs = outputs;
    const inputs = new Map<string, { dtype: DType; shape: Shape }>();
    for (const { leaf, dtype, shape } of leaves(Object.values<Tensor>(outputs)))
      if (leaf !== null && "name" in leaf) inputs.set(leaf.name, { dtype, shape });
    this.#inputs = inputs;
  }

  static async compile<Name extends string>(
    outputs: Readonly<Record<Name, Tensor>>,
    device: Device = defaultDevice,
  ): Promise<Program<Name>> {
    return new Program(await openSession(emit({ outputs }), device), outputs);
  }

  /** Names of the inputs this graph reads; feeding others is fine, they are ignored. */
  get inputs(): string[] {
    return [...this.#inputs.keys()];
  }

  /**
   * Runs the graph. Outputs are written into arrays that this program owns and reuses: copy what must survive the
   * next run. `into` gives arrays of the caller's own for some outputs; `symbols` binds sizes no input shows.
   */
  async run(
    feeds: Readonly<Record<string, Feed>>,
    {
      into = {},
      symbols: given = {},
    }: { into?: Partial<Record<Name, Data>>; symbols?: Record<string, number> } = {},
  ): Promise<Record<Name, Feed>> {
    const symbols = new Map(Object.entries(given));
    const inputs: Record<string, OrtTensor> = {};
    for (const [name, { dtype, shape }] of this.#inputs) {
      const feed = feeds[name];
      if (feed === undefined) throw new Error(`internal: no feed for input "${name}"`);
      learnSymbols(name, shape, feed.shape, symbols);
      inputs[name] = toOrt(dtype, feed);
    }
    const fetches: Record<string, OrtTensor> = {};
    const results = {} as Record<Name, Feed>;
    for (const name of Object.keys(this.#outputs) as Name[]) {
      const { dtype, shape } = this.#outputs[name];
      const size = bindShape(shape, symbols);
      results[name] = { shape: size, data: into[name] ?? this.#buffer(name, dtype, sizeOf(size)) };
      fetches[name] = toOrt(dtype, results[name]);
    }
    await this.#session.run(inputs, fetches);
    return results;
  }

  /** A view of the output's own array, which grows and is kept. */
  #buffer(name: string, dtype: DType, size: number): Data {
    let buffer = this.#buffers.get(name);
    if (buffer === undefined || buffer.length < size) {
      const Kind = arrays[dtype];
      buffer = new Kind(Math.ceil(size * 1.25));
      this.#buffers.set(name, buffer);
    }
    return buffer.subarray(0, size);
  }
}

/** What "doctor" prints: versions, providers, threads. */
export async function describeRuntime(): Promise<{ version: string; backends: string[]; threads: number }> {
  const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
  const backends = listSupportedBackends().map((b) => b.name);
  return Promise.resolve({ version, backends, threads: defaultDevice.threads });
}
