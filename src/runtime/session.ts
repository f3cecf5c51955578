/** Where and how graphs run: the execution provider, the number of threads, a session. */
import { availableParallelism } from "node:os";
import { InferenceSession, listSupportedBackends } from "onnxruntime-node";
import { complain } from "../errors.ts";

export type Provider = "cpu" | "webgpu" | "cuda";

export interface Device {
  readonly provider: Provider;
  /** Threads of one operation, or of one batch in parts; the number of cores unless said. */
  readonly threads: number;
}

export const defaultDevice: Device = { provider: "cpu", threads: availableParallelism() };

export const sessionOptions = ({ provider, threads }: Device): InferenceSession.SessionOptions => ({
  executionProviders: [provider],
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  graphOptimizationLevel: "all",
  logSeverityLevel: 3,
});

/** @returns a session, or a complaint that says what the provider lacks. */
export async function openSession(
  model: Uint8Array | string,
  device: Device = defaultDevice,
): Promise<InferenceSession> {
  const options = sessionOptions(device);
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
