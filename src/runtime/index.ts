/** The only importer of onnxruntime. */
export { defaultDevice, type Device, type Provider } from "./session.ts";
export { describeRuntime, ModelFile, Program } from "./runtime.ts";
export { ParallelProgram } from "./parallel.ts";
export { Crew, type Hand, type Session } from "./crew.ts";
export type { LaneResult, Ort, Reduction } from "./lane.ts";
