/** The `trajectory` signal: what one or more teachers ranked at several states of their training. */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Dataset } from "../dataset/index.ts";
import { complain } from "../errors.ts";
import { draftFolder, foundInstead } from "../files.ts";
import type { FolderKind } from "../manifests.ts";
import { readSafetensors, writeSafetensors } from "../safetensors.ts";
import { checkTrajectory } from "./check-trajectory.ts";
import { readSignalManifest } from "./kind.ts";
import type { Trajectory, TrajectoryManifest, TrajectorySignal, TrajectoryState } from "./types.ts";

const manifestSchema = z.object({
  schema: z.literal(1),
  kind: z.literal("trajectory"),
  dataset: z.string(),
  k: z.int().positive(),
  teachers: z
    .array(
      z.object({
        name: z.string(),
        source: z.string(),
        version: z.string(),
        epochs: z.array(z.int()).min(1),
      }),
    )
    .min(1),
  hash: z.string(),
}) satisfies z.ZodType<TrajectoryManifest>;

/** What a state's file is called. */
const fileOf = (teacher: number, state: number) => `${teacher}-${state}.safetensors`;

const again = "Make it again with: potstill trajectory --out <folder>";
const kind: FolderKind<TrajectoryManifest> = {
  noun: "trajectory signal",
  schema: manifestSchema,
  files: [fileOf(0, 0)],
  fix: {
    give: "Give the folder that potstill trajectory wrote",
    make: "Make one with: potstill trajectory --out <folder>",
    again,
  },
};

/**
 * @returns the files of a signal by name, the manifest last.
 * @throws UserError "input" where the numbers are not the dataset's or the states of teachers do not match.
 */
export function* trajectoryFiles(
  trajectory: Trajectory,
  dataset: Dataset,
): Generator<[string, string | Uint8Array], TrajectoryManifest> {
  const { k, teachers, states } = trajectory;
  checkTrajectory(trajectory, dataset, teachers.map(({ source }) => source).join(", "));
  const users = dataset.users.size;
  for (const [x, own] of states.entries())
    for (const [e, state] of own.entries()) {
      const arrays = {
        lists: { shape: [users, k], data: state.lists },
        own: { shape: [state.own.length], data: state.own },
        ...(state.spread && { spread: { shape: [users, k], data: state.spread } }),
      };
      yield [fileOf(x, e), writeSafetensors(arrays)];
    }
  const manifest: TrajectoryManifest = {
    schema: 1,
    kind: "trajectory",
    dataset: dataset.manifest.hash,
    k,
    teachers: [...teachers],
    hash: hashOf(states),
  };
  yield ["manifest.json", `${JSON.stringify(manifest, null, 2)}\n`];
  return manifest;
}

/**
 * Writes the files of {@link trajectoryFiles} into a folder.
 * @throws UserError "conflict" where the folder is in the way, "input" where the numbers are not the dataset's.
 */
export async function writeTrajectorySignal(
  directory: string,
  trajectory: Trajectory,
  dataset: Dataset,
  { force = false } = {},
): Promise<TrajectoryManifest> {
  const draft = await draftFolder(directory, {
    what: "signal",
    files: ["manifest.json", fileOf(0, 0)],
    also: /^\d+-\d+\.safetensors$/,
    force,
  });
  try {
    const files = trajectoryFiles(trajectory, dataset);
    for (;;) {
      const next = files.next();
      if (next.done === true) {
        await draft.publish();
        return next.value;
      }
      const [name, content] = next.value;
      await writeFile(join(draft.path, name), content);
    }
  } finally {
    await draft.discard();
  }
}

/** @throws UserError "not-found" where there is none, "conflict" for one of other data, "input" for a damaged one. */
export async function openTrajectorySignal(directory: string, dataset: Dataset): Promise<TrajectorySignal> {
  const manifest = await readSignalManifest(directory, kind);
  if (manifest.dataset !== dataset.manifest.hash) throw otherData(directory, manifest, dataset);
  const { k, teachers } = manifest;
  const states: TrajectoryState[][] = [];
  for (const [x, { epochs }] of teachers.entries()) {
    const own: TrajectoryState[] = [];
    for (const e of epochs.keys()) own.push(await readState(join(directory, fileOf(x, e))));
    states.push(own);
  }
  checkTrajectory({ k, teachers, states }, dataset, directory);
  if (hashOf(states) !== manifest.hash) throw damaged(directory, "numbers of another hash");
  return { directory, manifest, states };
}

async function readState(path: string): Promise<TrajectoryState> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw damaged(path, foundInstead(error));
  });
  const arrays = readSafetensors(bytes, path);
  const [lists, own, spread] = [arrays["lists"]?.data, arrays["own"]?.data, arrays["spread"]?.data ?? null];
  if (!(lists instanceof Int32Array)) throw damaged(path, 'no array "lists" of indices');
  if (!(own instanceof Int32Array)) throw damaged(path, 'no array "own" of places');
  if (spread instanceof Int32Array) throw damaged(path, 'an array "spread" of whole numbers');
  return { lists, own, spread };
}

function hashOf(states: Trajectory["states"]): string {
  const hash = createHash("sha256");
  for (const { lists, own, spread } of states.flat())
    for (const array of [lists, own, spread ?? new Float32Array(0)]) hash.update(array).update("|");
  return hash.digest("hex");
}

const damaged = (where: string, got: string) =>
  complain("input", { where, expected: "a trajectory signal", got, fix: again });

function otherData(where: string, manifest: TrajectoryManifest, dataset: Dataset) {
  return complain("conflict", {
    where,
    expected: `a trajectory for ${dataset.directory} (hash ${dataset.manifest.hash.slice(0, 12)})`,
    got: `one for data of hash ${manifest.dataset.slice(0, 12)}`,
    fix: "Make it for this dataset, or give the one it was made for with --data",
  });
}
