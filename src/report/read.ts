import { readdir, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import * as z from "zod";
import { complain, UserError } from "../errors.ts";
import { GROUPS, intervalsOf, loadEvaluation, protocols } from "../evaluate/index.ts";
import type { Evaluation, StoredEvaluation } from "../evaluate/index.ts";
import type { RunEvent } from "../events.ts";
import { bundleFolder, fromJson, readManifestOf } from "../manifests.ts";
import { Random } from "../random.ts";
import { headlineMetrics } from "./metrics.ts";
import { manifestSchema, reliabilitySchema } from "./types.ts";
import type { Measured, Reliability, ReportData, ReportedManifest, System } from "./types.ts";

const { again } = bundleFolder.fix;

/**
 * Reads everything a page says from the bundles' own files.
 * @param protocol whose evaluations to show; by default the first known one that the subject was evaluated under.
 * @throws UserError("not-found") or ("input") for a folder that is no bundle or a damaged file; ("conflict") for bundles
 *   of other data than the subject's.
 */
export async function readReportData(
  directory: string,
  others: readonly string[],
  protocol?: string,
): Promise<ReportData> {
  const subject = await readSystem(directory, protocol);
  const shared = protocol ?? subject.measured?.evaluation.protocol;
  const rest: System[] = [];
  for (const other of others) {
    const system = await readSystem(other, shared);
    requireSameData(system, subject);
    rest.push(system);
  }
  return { ...unlikeNames(subject, rest), protocol: shared };
}

function requireSameData({ directory, manifest }: System, subject: System): void {
  const [made, wanted] = [manifest.dataset, subject.manifest.dataset];
  if (made.hash === wanted.hash) return;
  throw complain("conflict", {
    where: directory,
    expected: `a bundle made from the data of ${subject.directory} (${wanted.name}, hash ${wanted.hash.slice(0, 12)})`,
    got: `one made from ${made.name}, hash ${made.hash.slice(0, 12)}`,
    fix: "Write a page of its own for it",
  });
}

async function readSystem(directory: string, protocol?: string): Promise<System> {
  const manifest = await readManifestOf(directory, { ...bundleFolder, schema: manifestSchema });
  const stored = await readEvaluations(directory, manifest);
  const order = protocol === undefined ? Object.keys(protocols) : [protocol];
  const chosen = order.flatMap((name) => stored.filter((evaluation) => evaluation.protocol === name))[0];
  return {
    name: basename(resolve(directory)),
    directory,
    manifest,
    events: await readEvents(join(directory, "events.jsonl")),
    measured: chosen ? measure(chosen) : null,
    evaluated: stored.map((evaluation) => evaluation.protocol),
    reliability: await readReliability(join(directory, "reliability.json")),
  };
}

/** Evaluations of these very weights and their data; those of earlier weights are of another model. */
async function readEvaluations(
  directory: string,
  { weightsSha256, dataset }: ReportedManifest,
): Promise<Evaluation[]> {
  const folder = join(directory, "evaluation");
  const names = (await orNothing(readdir(folder))) ?? [];
  const found: StoredEvaluation[] = [];
  for (const name of names.sort()) {
    const stored = await loadEvaluation(join(folder, name)).catch(whereMissing);
    if (stored) found.push(stored);
  }
  return found
    .filter((stored) => stored.weights === weightsSha256 && stored.dataset === dataset.hash)
    .map(({ evaluation }) => evaluation);
}

function whereMissing(error: unknown): null {
  if (error instanceof UserError && error.code === "not-found") return null;
  throw error;
}

function measure({ perUser, ...evaluation }: Evaluation): Measured {
  const random = new Random("report");
  const intervals = intervalsOf({ ...evaluation, perUser }, ["all", ...GROUPS], headlineMetrics, random);
  return { evaluation, intervals };
}

/** @returns the log's events; a last line cut off by an interruption is left out. */
async function readEvents(file: string): Promise<RunEvent[]> {
  const text = await orNothing(readFile(file, "utf8"));
  const lines = (text ?? "").split("\n");
  return lines.slice(0, -1).map((line, n) => {
    try {
      return z.looseObject({ type: z.string() }).parse(JSON.parse(line)) as unknown as RunEvent;
    } catch (error) {
      throw damaged(`${file}, line ${n + 1}`, "an event as JSON", line.slice(0, 60), error);
    }
  });
}

async function readReliability(file: string): Promise<Reliability | null> {
  const text = await orNothing(readFile(file, "utf8"));
  if (text === null) return null;
  return fromJson(text, reliabilitySchema, (got) => damaged(file, "a reliability table", got));
}

async function orNothing<T>(reading: Promise<T>): Promise<T | null> {
  return reading.catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  });
}

function damaged(where: string, expected: string, got: string, cause?: unknown): Error {
  return complain("input", { where, expected, got, fix: again }, { cause });
}

/** Two bundles of one base name are told apart by their whole path. */
function unlikeNames(subject: System, others: readonly System[]): Pick<ReportData, "subject" | "others"> {
  const all = [subject, ...others];
  const rename = (system: System): System =>
    all.filter(({ name }) => name === system.name).length > 1
      ? { ...system, name: system.directory }
      : system;
  return { subject: rename(subject), others: others.map(rename) };
}
