/** From a task to a bundle: learn, export, prove the export, write down how it came to be. */
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { lengthOf, row, type Dataset } from "../dataset/index.ts";
import type { Run } from "../events.ts";
import { requireRoomFor, writeBundle, type BundleManifest, type ExportInput } from "../export/index.ts";
import { hold } from "../files.ts";
import type { Model, ModelOptions } from "../models/index.ts";
import { describeRuntime, type Device } from "../runtime/index.ts";
import {
  fitted,
  learn,
  RankingLog,
  removeCheckpoint,
  requireRoomForCheckpoint,
  type FittedInput,
  type Learned,
  type LearnInput,
} from "../train/index.ts";
import { keptStates, requireValidations, tooFewStates, type Kept, type KeptStates } from "./trajectory.ts";

/** What training alone and distilling have in common. */
export interface RunInput {
  readonly dataset: Dataset;
  readonly out: string;
  /** Replace an existing bundle. */
  readonly force: boolean;
  /** Go on from the checkpoint of an interrupted run. */
  readonly resume: boolean;
  readonly seed: number;
  /** ISO date of the run; the clock is the caller's. */
  readonly created: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly device?: Device | undefined;
  readonly abort?: AbortSignal | undefined;
}

export interface Produced {
  readonly manifest: BundleManifest;
  readonly seconds: number;
}

export interface Work {
  readonly model: Model;
  readonly modelOptions: ModelOptions;
  readonly how: Training | Fitting;
  readonly owned: Int32Array;
  /** What the manifest says of the training, options resolved. */
  readonly record: Readonly<Record<string, unknown>>;
  readonly extra?: Readonly<Record<string, string>>;
  /** States of the training to keep in the bundle. */
  readonly trajectory?: Kept | undefined;
}

/** Steps down a loss, in epochs. */
type Training = Pick<LearnInput, "task" | "options" | "random">;

/** One pass, without a checkpoint. */
type Fitting = Pick<FittedInput, "fit" | "options">;

/** A folder beside the bundle, for the time of its training. */
const beside = (out: string, what: string) => `${out.replace(/\/+$/, "")}.${what}`;

/** One training at a time into a folder: another would write into the same checkpoint. */
export async function* produce(input: RunInput, work: Work): Run<Produced> {
  const { out, force } = input;
  await requireRoomFor(out, force);
  await requireRoomForCheckpoint(checkpointOf(out));
  const release = await hold(beside(out, "lock"), out);
  try {
    return yield* produceAlone(input, work);
  } finally {
    await release();
  }
}

async function* produceAlone(input: RunInput, work: Work): Run<Produced> {
  const { out, dataset } = input;
  const { how, model, trajectory } = work;
  if (trajectory !== undefined) {
    if ("task" in how) requireValidations(trajectory, how.options, how.task);
    else
      yield { type: "notice", message: `${model.name} is fitted in one pass: its states are all the same.` };
  }
  const log = new RankingLog(beside(out, "rankings"));
  const learned = yield* learnt(input, work, log);
  const name = out.split("/").findLast((part) => part !== "") ?? out;
  const made = { out, name, dataset, inOnePass: "fit" in how };
  const kept = trajectory && (await keptStates(trajectory, log, learned, made));
  const manifest = await writeBundle(await bundleOf(name, input, work, learned, kept ?? undefined));
  await removeCheckpoint(checkpointOf(out));
  if (trajectory !== undefined) await log.remove();
  if (trajectory !== undefined && kept === null) throw tooFewStates(out, trajectory, learned);
  return { manifest, seconds: learned.seconds };
}

const checkpointOf = (out: string) => beside(out, "checkpoint");

async function* learnt(
  { dataset, out, resume, device, abort }: RunInput,
  { how, model, modelOptions, owned, record, trajectory }: Work,
  log: RankingLog,
): Run<Learned> {
  // What must be the same for a checkpoint to be gone on from.
  const run = createHash("sha256")
    .update(JSON.stringify([dataset.manifest.hash, model.name, modelOptions, record]))
    .digest("hex");
  const rankings = trajectory && { log, k: trajectory.k };
  const watched = { dataset, owned, model, modelOptions, rankings, device };
  const checkpoint = { directory: checkpointOf(out), run, resume };
  return yield* "task" in how
    ? learn({ ...watched, ...how, checkpoint, signal: abort })
    : fitted({ ...watched, ...how });
}

async function bundleOf(
  name: string,
  { dataset, out, force, seed, created }: RunInput,
  { how, model, modelOptions, record, extra, trajectory }: Work,
  { weights, scorer, epochs, bestEpoch, bestValue, seconds, history }: Learned,
  kept: KeptStates | undefined,
): Promise<ExportInput> {
  return {
    directory: out,
    force,
    name,
    model,
    options: modelOptions,
    weights,
    dataset,
    scorer,
    probes: probesOf(dataset),
    created,
    training: {
      ...record,
      ...(kept && { trajectory: { ...trajectory, epochs: kept.epochs } }),
      seed,
      epochs,
      bestEpoch,
      validation: { metric: how.options.metric, value: bestValue },
      seconds,
      versions: await versions(),
    },
    extra: {
      ...extra,
      ...kept?.files,
      "events.jsonl": history.map((e) => `${JSON.stringify(e)}\n`).join(""),
    },
  };
}

/** Up to 32 users with a history, spread over the dataset: enough to see that two graphs are one model. */
function probesOf(dataset: Dataset): { users: Int32Array; histories: Int32Array[] } {
  const some = Array.from({ length: dataset.users.size }, (_, u) => u).filter(
    (u) => lengthOf(dataset.train, u) > 0,
  );
  const step = Math.max(1, Math.floor(some.length / 32));
  const users = Int32Array.from(some.filter((_, i) => i % step === 0).slice(0, 32));
  return { users, histories: Array.from(users, (u) => row(dataset.train, u)) };
}

async function versions(): Promise<Record<string, string>> {
  const { version } = createRequire(import.meta.url)("potstill/package.json") as { version: string };
  return { potstill: version, onnxruntime: (await describeRuntime()).version, node: process.versions.node };
}
