/** A checkpoint is a folder: state.safetensors (weights, best weights, moments, memory) and state.json (where the run stands). */
import { readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { complain } from "../errors.ts";
import { draftFolder, foundInstead } from "../files.ts";
import { fromJson } from "../manifests.ts";
import { readSafetensors, writeSafetensors, type NamedArrays } from "../safetensors.ts";
import type { FitState } from "./state.ts";
import type { Task } from "./task.ts";

const means = z.object({ mean: z.number(), head: z.number().nullable(), tail: z.number().nullable() });

const stateSchema = z.object({
  schema: z.literal(1),
  /** What the run is: a checkpoint continues the run that wrote it and no other. */
  run: z.string(),
  epoch: z.int(),
  step: z.int(),
  lossSum: z.number(),
  weightSum: z.number(),
  bestEpoch: z.int(),
  bestValue: z.number().nullable(),
  sinceBest: z.int(),
  seconds: z.number(),
  history: z.array(
    z.discriminatedUnion("type", [
      z.object({ type: z.literal("epoch"), epoch: z.int(), loss: z.number(), seconds: z.number() }),
      z.object({
        type: z.literal("validation"),
        epoch: z.int(),
        metric: z.string(),
        value: z.number(),
        best: z.boolean(),
        seconds: z.number(),
      }),
      z.object({
        type: z.literal("curriculum"),
        epoch: z.int(),
        last: z.int(),
        teachers: z.record(z.string(), means),
        done: z.boolean(),
      }),
    ]),
  ),
  hasBest: z.boolean(),
  optimiserStep: z.int(),
});

/** What a task trains and remembers. */
type Held = Pick<Task, "weights" | "memory">;

const folder = { what: "checkpoint", files: ["state.json", "state.safetensors"], force: true };

/** Says before hours of training what would go wrong at the first save. @throws UserError where something else is in the way. */
export async function requireRoomForCheckpoint(directory: string): Promise<void> {
  await (await draftFolder(directory, folder)).discard();
}

/** Its own files, and the folder where nothing else is in it. */
export async function removeCheckpoint(directory: string): Promise<void> {
  for (const file of folder.files) await rm(join(directory, file), { force: true });
  await rmdir(directory).catch(() => undefined); // never made, or holds something else
}

export async function saveCheckpoint(
  directory: string,
  run: string,
  held: Held,
  state: FitState,
): Promise<void> {
  const draft = await draftFolder(directory, folder);
  const { best, optimiser, ...counters } = state;
  const json: z.input<typeof stateSchema> = {
    schema: 1,
    run,
    ...counters,
    bestValue: Number.isFinite(state.bestValue) ? state.bestValue : null,
    hasBest: best !== null,
    optimiserStep: optimiser.step,
  };
  try {
    await writeFile(join(draft.path, "state.safetensors"), writeSafetensors(arraysOf(held, state)));
    await writeFile(join(draft.path, "state.json"), JSON.stringify(json, null, 2));
    await draft.publish();
  } finally {
    await draft.discard();
  }
}

/** Puts the weights and the memory back and @returns the state to go on from. @throws UserError when there is none or it is another run's. */
export async function loadCheckpoint(
  directory: string,
  run: string,
  held: Held,
  state: FitState,
): Promise<FitState> {
  const { saved, bytes } = await read(directory);
  if (saved.run !== run) throw otherRun(directory);
  const arrays = arraysIn(bytes, directory);
  const { optimiserStep, hasBest, bestValue, run: _run, schema: _schema, ...counters } = saved;
  Object.assign(state, counters, { bestValue: bestValue ?? -Infinity });
  if (hasBest)
    state.best = Object.fromEntries(
      Object.entries(held.weights).map(([n, { data }]) => [n, new Float32Array(data.length)]),
    );
  state.optimiser.step = optimiserStep;
  for (const [name, { data }] of Object.entries(arraysOf(held, state))) {
    const from = arrays[name];
    if (from?.data.length !== data.length) throw otherRun(directory);
    data.set(from.data);
  }
  return state;
}

function arraysIn(bytes: Buffer, directory: string) {
  try {
    return readSafetensors(bytes, directory);
  } catch {
    throw noCheckpoint("input", directory, "a damaged state.safetensors");
  }
}

/** Every array of a run, under one name each; the arrays themselves, not copies. */
function arraysOf({ weights, memory = {} }: Held, { best, optimiser }: FitState): NamedArrays {
  const arrays: NamedArrays = {};
  for (const [name, array] of Object.entries(memory)) arrays[`memory/${name}`] = array;
  for (const [name, { shape, data }] of Object.entries(weights)) {
    arrays[`weight/${name}`] = { shape, data };
    if (best !== null) arrays[`best/${name}`] = { shape, data: best[name]! };
    const moment = optimiser.moments[name];
    if (moment === undefined) continue;
    arrays[`m/${name}`] = { shape, data: moment.m };
    arrays[`v/${name}`] = { shape, data: moment.v };
  }
  return arrays;
}

async function read(directory: string) {
  const orNone = (error: unknown) => {
    throw noCheckpoint("not-found", directory, foundInstead(error));
  };
  const text = await readFile(join(directory, "state.json"), "utf8").catch(orNone);
  const saved = fromJson(text, stateSchema, (got) => noCheckpoint("input", directory, got));
  return { saved, bytes: await readFile(join(directory, "state.safetensors")).catch(orNone) };
}

const noCheckpoint = (code: "not-found" | "input", where: string, got: string) =>
  complain(code, {
    where,
    expected: "the checkpoint of an interrupted run",
    got,
    fix: "Start without --resume",
  });

const otherRun = (directory: string) =>
  complain("conflict", {
    where: directory,
    expected: "a checkpoint of this very run: same data, model, options and seed",
    got: "another run's",
    fix: "Repeat the interrupted command with --resume, or remove the folder and start anew",
  });
