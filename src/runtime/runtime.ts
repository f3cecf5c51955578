/**
 * Graphs and model files that run. A graph is compiled once per process (creating and releasing sessions leaks,
 * microsoft/onnxruntime#25325).
 */
import { createRequire } from "node:module";
import { listSupportedBackends, Tensor as OrtTensor, type InferenceSession } from "onnxruntime-node";
import { emit, sizeOf, type Data, type DType, type Feed, type Tensor } from "../graph/index.ts";
import { defaultDevice, openSession, type Device } from "./session.ts";
import { Signature } from "./signature.ts";

const arrays = {
  float32: Float32Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
} as const;

/** Feeds whole arrays without a copy, but for those over shared memory, which ONNX Runtime refuses. */
function toOrt(dtype: DType, { data, shape }: Feed): OrtTensor {
  const own = data.buffer instanceof ArrayBuffer ? data : data.slice();
  return new OrtTensor(dtype as "float32", own as Float32Array, shape);
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

  /** @returns sizes and symbols of an output, undefined where there is no such output. */
  shapeOf(output: string): readonly (number | string)[] | undefined {
    const found = this.#session.outputMetadata.find(({ name }) => name === output);
    return found?.isTensor === true ? found.shape : undefined;
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

/** A graph ready to run: named inputs in, named outputs out. */
export class Program<Name extends string = string> {
  readonly #session: InferenceSession;
  readonly #signature: Signature<Name>;
  readonly #buffers = new Map<string, Data>();

  private constructor(session: InferenceSession, signature: Signature<Name>) {
    this.#session = session;
    this.#signature = signature;
  }

  static async compile<Name extends string>(
    outputs: Readonly<Record<Name, Tensor>>,
    device: Device = defaultDevice,
  ): Promise<Program<Name>> {
    return new Program(await openSession(emit({ outputs }), device), new Signature(outputs));
  }

  /** Names of the inputs this graph reads; feeding others is fine, they are ignored. */
  get inputs(): string[] {
    return [...this.#signature.inputs.keys()];
  }

  /**
   * Runs the graph. Outputs are written into arrays that this program owns and reuses: copy what must survive the
   * next run. `into` gives arrays of the caller's own for some outputs; `symbols` binds sizes no input shows.
   */
  async run(
    feeds: Readonly<Record<string, Feed>>,
    {
      into = {},
      symbols = {},
    }: { into?: Partial<Record<Name, Data>>; symbols?: Record<string, number> } = {},
  ): Promise<Record<Name, Feed>> {
    const { inputs, outputs } = this.#signature;
    const bound = this.#signature.bind(feeds, symbols);
    const given = Object.entries(bound.inputs).map(([name, feed]) => [
      name,
      toOrt(inputs.get(name)!.dtype, feed),
    ]);
    const fetches: Record<string, OrtTensor> = {};
    const results = {} as Record<Name, Feed>;
    for (const name of Object.keys(outputs) as Name[]) {
      const { dtype } = outputs[name];
      const shape = bound.shapes[name];
      results[name] = { shape, data: into[name] ?? this.#buffer(name, dtype, sizeOf(shape)) };
      fetches[name] = toOrt(dtype, results[name]);
    }
    await this.#session.run(Object.fromEntries(given) as Record<string, OrtTensor>, fetches);
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
