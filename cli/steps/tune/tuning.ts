/**
 * Trials of a tuning, one after another, and the file that says how they ended: `tuning.json` in its folder, beside `best`,
 * the bundle of the best so far. What ended is not run again; a trial that was interrupted goes on.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";
import { openDataset } from "../../../src/dataset/index.ts";
import { complain, type ErrorCode } from "../../../src/errors.ts";
import { hold, writeJson } from "../../../src/files.ts";
import type { Io } from "../../frame/types.ts";
import { runToEnd, type Argv, type Ended } from "../child.ts";
import { flagsOf, keyOf, type Settings } from "./grid.ts";

const settings = z.record(z.string(), z.string());
const trial = z.object({
  settings,
  metric: z.string(),
  value: z.number(), // of the best epoch, on validation items
  epochs: z.number(),
  bestEpoch: z.number(),
  seconds: z.number(),
});
const tuning = z.object({
  schema: z.literal(1),
  command: z.array(z.string()),
  dataset: z.string(), // its hash
  trials: z.array(trial),
  failed: z.array(z.object({ settings, message: z.string() })), // tried again next time
  running: settings.nullable(),
});

/** A trial that ended. */
export type Trial = z.output<typeof trial>;
/** What a folder says of the trials in it. */
export type Tuning = z.output<typeof tuning>;

/** The bundle in the making, named as it will be. */
const trialIn = (out: string) => join(out, "trial", "best");
const fileOf = (out: string) => join(out, "tuning.json");

/**
 * @returns what a folder says; a new one without trials where it says nothing.
 * @throws UserError "conflict" for trials of another command, or of other data.
 */
export async function openTuning(out: string, command: Argv): Promise<Tuning> {
  const dataset = await hashOf(command);
  const fresh: Tuning = { schema: 1, command: [...command], dataset, trials: [], failed: [], running: null };
  if (!existsSync(fileOf(out))) return fresh;
  const found = tuning.safeParse(
    await readFile(fileOf(out), "utf8")
      .then(JSON.parse)
      .catch(() => null),
  );
  if (!found.success) throw notOurs(out);
  const same = String(found.data.command) === String(command);
  if (same && found.data.dataset === dataset) return found.data;
  if (found.data.trials.length === 0) return fresh; // a command that never ran, mended
  throw same ? ofOtherData(out, found.data.dataset, dataset) : ofAnother(out, found.data.command);
}

/** @returns the hash of the dataset that a command names; "" where it names none, which it will say itself. */
async function hashOf(command: Argv): Promise<string> {
  const folder = command.flatMap((word, n) => {
    if (word === "--data") return command.slice(n + 1, n + 2);
    return word.startsWith("--data=") ? [word.slice("--data=".length)] : [];
  })[0];
  return folder === undefined ? "" : (await openDataset(folder)).manifest.hash;
}

/** @returns those of the settings that have not ended. */
export const left = ({ trials }: Tuning, wanted: readonly Settings[]): Settings[] => {
  const ended = new Set(trials.map(({ settings }) => keyOf(settings)));
  return wanted.filter((one) => !ended.has(keyOf(one)));
};

/**
 * Runs what is left of the trials, and writes down each as it ends.
 * @throws UserError "interrupted" after a signal, and what a command says that no settings can help: a file that is not there
 */
export async function runTrials(
  out: string,
  begun: Tuning,
  wanted: readonly Settings[],
  io: Io,
): Promise<Tuning> {
  await mkdir(out, { recursive: true });
  const release = await hold(join(out, "lock"), out);
  try {
    let state = begun;
    for (const one of left(begun, wanted)) state = await runTrial(out, state, one, io);
    return state;
  } finally {
    await release();
  }
}

async function runTrial(out: string, state: Tuning, one: Settings, io: Io): Promise<Tuning> {
  const bundle = trialIn(out);
  const checkpoint = `${bundle}.checkpoint`;
  const goesOn = state.running !== null && keyOf(state.running) === keyOf(one) && existsSync(checkpoint);
  if (!goesOn) await rm(checkpoint, { recursive: true, force: true });
  await writeJson(fileOf(out), { ...state, running: one });
  const argv = [
    ...state.command,
    ...flagsOf(one),
    "--out",
    bundle,
    "--force",
    ...(goesOn ? ["--resume"] : []),
  ];
  const stopped = "tune: stopped; finished trials are kept. Run the same command again to go on.";
  const { code, json } = await runToEnd(argv, process.cwd(), io, stopped);
  const ended = code === 0 ? await succeeded(out, state, one, json) : failed(state, one, json, argv);
  await writeJson(fileOf(out), ended);
  return ended;
}

const result = z.object({
  manifest: z.object({
    training: z.object({
      validation: z.object({ metric: z.string(), value: z.number().nullable() }),
      epochs: z.number(),
      bestEpoch: z.number(),
    }),
  }),
  seconds: z.number(),
});

/** Keeps the bundle where it is the best so far. */
async function succeeded(
  out: string,
  state: Tuning,
  one: Settings,
  json: Record<string, unknown>,
): Promise<Tuning> {
  const { manifest, seconds } = result.parse(json);
  const { validation, epochs, bestEpoch } = manifest.training;
  const ended = {
    settings: one,
    metric: validation.metric,
    value: validation.value ?? 0,
    epochs,
    bestEpoch,
    seconds,
  };
  const [bundle, best] = [trialIn(out), join(out, "best")];
  if (state.trials.every(({ value }) => value < ended.value)) {
    await rm(best, { recursive: true, force: true });
    await rename(bundle, best);
  }
  await rm(dirname(bundle), { recursive: true, force: true });
  return { ...state, trials: [...state.trials, ended], failed: without(state.failed, one), running: null };
}

/** A loss that overflows is a result; no other settings mend a file that is not there. */
function failed(state: Tuning, one: Settings, json: Ended["json"], argv: Argv): Tuning {
  const { error } = failure.safeParse(json).data ?? { error: { code: "io" as const, message: "" } };
  if (error.code !== "input") throw hopeless(error.code === "internal" ? "io" : error.code, argv);
  return {
    ...state,
    failed: [...without(state.failed, one), { settings: one, message: error.message }],
    running: null,
  };
}

const codes = z.custom<ErrorCode | "internal">((code) => typeof code === "string");
const failure = z.object({ error: z.object({ code: codes, message: z.string() }) });

/** The command has said itself what is wrong. */
const hopeless = (code: ErrorCode, argv: Argv) =>
  complain(code, {
    where: "tune",
    expected: `a command that runs: potstill ${argv.join(" ")}`,
    got: "what it says above",
    fix: "Mend that and run tune again",
  });

const without = (all: Tuning["failed"], one: Settings) =>
  all.filter(({ settings }) => keyOf(settings) !== keyOf(one));

const notOurs = (out: string) =>
  complain("conflict", {
    where: fileOf(out),
    expected: "what tune wrote",
    got: "something else",
    fix: "Choose another --out",
  });

const ofAnother = (out: string, command: readonly string[]) =>
  complain("conflict", {
    where: out,
    expected: `trials of the same command: potstill ${command.join(" ")}`,
    got: "another",
    fix: "Choose another --out",
  });

const ofOtherData = (out: string, before: string, now: string) =>
  complain("conflict", {
    where: out,
    expected: `trials on the same data, hash ${before.slice(0, 12)}`,
    got: `a dataset with hash ${now.slice(0, 12)}`,
    fix: "Choose another --out",
  });
