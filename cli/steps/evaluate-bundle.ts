import { join } from "node:path";
import type { Dataset } from "../../src/dataset/index.ts";
import { complain, UserError } from "../../src/errors.ts";
import {
  evaluate,
  loadEvaluation,
  requireRoomForEvaluation,
  saveEvaluation,
} from "../../src/evaluate/index.ts";
import type { Evaluation, Protocol } from "../../src/evaluate/index.ts";
import type { Bundle } from "../../src/export/index.ts";
import type { Io } from "../frame/types.ts";

export interface EvaluateBundleOptions {
  /** Where the files go; by default `evaluation/<hash>-<protocol>` in the bundle. */
  readonly out?: string | undefined;
  /** Take an earlier evaluation of the same weights, data and protocol where there is one. */
  readonly reuse: boolean;
}

export interface EvaluatedBundle {
  readonly evaluation: Evaluation;
  /** The folder of the evaluation's files. */
  readonly files: string;
  readonly reused: boolean;
}

/**
 * Evaluates a bundle and keeps the result beside it.
 * @throws UserError("conflict") where the bundle was made from other data.
 */
export async function evaluateBundle(
  bundle: Bundle,
  dataset: Dataset,
  protocol: Protocol,
  { out, reuse }: EvaluateBundleOptions,
  io: Io,
): Promise<EvaluatedBundle> {
  requireSameData(bundle, dataset);
  const { hash } = dataset.manifest;
  const files = out ?? join(bundle.directory, "evaluation", `${hash.slice(0, 12)}-${protocol.name}`);
  const weights = bundle.manifest.weightsSha256;
  const earlier = reuse ? await loadEvaluation(files).catch(ignoreUserErrors) : null;
  if (
    earlier?.weights === weights &&
    earlier.dataset === hash &&
    earlier.evaluation.protocol === protocol.name
  )
    return { evaluation: earlier.evaluation, files, reused: true };
  await requireRoomForEvaluation(files);
  const evaluation = await io.drive(evaluate({ scorer: bundle, data: dataset, protocol, signal: io.signal }));
  await saveEvaluation(files, { dataset: hash, weights, evaluation });
  return { evaluation, files, reused: false };
}

/** A missing or damaged evaluation is made anew. */
function ignoreUserErrors(error: unknown): null {
  if (error instanceof UserError) return null;
  throw error;
}

function requireSameData(bundle: Bundle, { directory, manifest }: Dataset): void {
  const made = bundle.manifest.dataset;
  if (made.hash === manifest.hash) return;
  throw complain("conflict", {
    where: bundle.directory,
    expected: `a bundle made from ${directory} (${manifest.name}, hash ${manifest.hash.slice(0, 12)})`,
    got: `one made from ${made.name}, hash ${made.hash.slice(0, 12)}`,
    fix: "Give the data it was made from with --data",
  });
}
