import { createRequire } from "node:module";

/** @returns the versions that a number depends on. */
export function runtimeVersion(): { node: string; onnxruntime: string } {
  const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
  return { node: process.versions.node, onnxruntime: version };
}
