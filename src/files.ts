/** Writing so that nothing half-written is left behind: beside the target first, then one rename. */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { complain } from "./errors.ts";

/** A folder in the making, beside its target. Publish it or discard it; discarding after publishing does nothing. */
export interface Draft {
  /** Where to write. */
  readonly path: string;
  /** Puts the draft in the target's place in one rename. */
  publish(): Promise<void>;
  discard(): Promise<void>;
}

export interface DraftOptions {
  /** What the folder is, for the message: "dataset". */
  readonly what: string;
  /** Files every such folder has; `force` replaces a folder only where they are there. */
  readonly files: readonly string[];
  /** What else such a folder may have; one with anything more is somebody else's, too, and never replaced. */
  readonly also?: RegExp;
  readonly force: boolean;
}

/**
 * @param target the folder to make; its parents are made too.
 * @throws UserError "conflict" where the target is in the way: not empty and not forced, or not such a folder;
 *   UserError "usage" for no folder, or the one this process works in; UserError "io" where the place cannot be written.
 */
export async function draftFolder(target: string, options: DraftOptions): Promise<Draft> {
  const place = await placeOf(target);
  await refuseInTheWay(target, options);
  const path = `${place}.${randomUUID().slice(0, 8)}.part`;
  try {
    await mkdir(dirname(place), { recursive: true });
    await mkdir(path);
  } catch (error) {
    throw cannotWrite(target, error);
  }
  const discard = () => rm(path, { recursive: true, force: true });
  const publish = async (): Promise<void> => {
    const old = `${path}.old`;
    await rename(place, old).catch(() => undefined); // nothing there yet
    await rename(path, place);
    await rm(old, { recursive: true, force: true });
  };
  return { path, publish, discard };
}

/** Writes JSON into a file, whole or not at all; its folder is there. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(`${path}.part`, `${JSON.stringify(value, null, 1)}\n`);
  await rename(`${path}.part`, path);
}

/**
 * One at a time: holds `file`, which names our process, until it is released. What a process that has ended held is free.
 * @param what it stands for, as the user knows it
 * @returns what releases it
 * @throws UserError "conflict" where somebody else holds it, "io" where it cannot be written
 */
export async function hold(file: string, what: string): Promise<() => Promise<void>> {
  await mkdir(dirname(file), { recursive: true }).catch((error: unknown) => {
    throw cannotWrite(file, error);
  });
  for (;;) {
    try {
      await writeFile(file, String(process.pid), { flag: "wx" });
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw cannotWrite(file, error);
      const holder = await readFile(file, "utf8").catch(() => "");
      if (isRunning(Number(holder))) throw held(what, file, holder);
      await rm(file, { force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // another user's
  }
}

const held = (what: string, file: string, holder: string) =>
  complain("conflict", {
    where: what,
    expected: "nobody else to write it now",
    got: `process ${holder}, which does`,
    fix: `Wait for it, or choose another name; if that process is something else, delete ${file}`,
  });

/** Stands for the entries of what is no folder. */
const aFile = "/";

/** What folders of ours are told apart by. */
const kinds: readonly (readonly [file: string, what: string])[] = [
  [aFile, "a file"],
  ["model.onnx", "a bundle"],
  ["interactions.parquet", "a dataset"],
  ["ledger.duckdb", "the folder of a probe, with answers that were paid"],
  ["lists.parquet", "a lists signal"],
  ["factors.safetensors", "a factors signal"],
  ["0-0.safetensors", "a trajectory signal"],
  ["state.safetensors", "a checkpoint"],
  ["evaluation.json", "an evaluation"],
];

/** @returns what a folder with these files is, null for none of ours. */
export const kindOf = (entries: readonly string[]): string | null =>
  kinds.find(([file]) => entries.includes(file))?.[1] ?? null;

/**
 * For folders that grow in place, such as a probe's.
 * @throws UserError "conflict" for one that holds something and none of these files.
 */
export async function refuseForeign(target: string, files: readonly string[]): Promise<void> {
  const entries = await entriesOf(await placeOf(target));
  if (entries.length === 0 || files.some((file) => entries.includes(file))) return;
  throw complain("conflict", {
    where: target,
    expected: "a folder that does not exist yet, or one that this command has written",
    got: kindOf(entries) ?? "something else",
    fix: "Choose another name",
  });
}

/**
 * @returns the whole path, where a link leads.
 * @throws UserError "usage" for nothing, and for what holds the folder this process works in.
 */
async function placeOf(target: string): Promise<string> {
  const place = await realpath(target).catch(() => resolve(target));
  const inside = !relative(place, process.cwd()).startsWith("..");
  if (target.trim() !== "" && !inside) return place;
  throw complain("usage", {
    where: "the folder to write",
    expected: "a name below the folder you are in, or elsewhere",
    got: target.trim() === "" ? "nothing" : target,
    fix: "Name a folder of its own",
  });
}

async function refuseInTheWay(target: string, { what, files, also, force }: DraftOptions): Promise<void> {
  const entries = await entriesOf(target);
  if (entries.length === 0) return;
  const isOne = files.every((file) => entries.includes(file));
  const others = entries.filter((name) => !files.includes(name) && !(also?.test(name) ?? false));
  if (isOne && force && others.length === 0) return;
  const [got, fix] = !isOne
    ? [kindOf(entries) ?? "something else", "Choose another name"]
    : others.length > 0
      ? [
          `${what} and other things: ${others.slice(0, 3).join(", ")}`,
          "Choose another name, or move them away",
        ]
      : [`an existing ${what}`, "Choose another name, or pass --force to replace it"];
  throw complain("conflict", { where: target, expected: "a folder that does not exist yet", got, fix });
}

async function entriesOf(target: string): Promise<readonly string[]> {
  try {
    return await readdir(target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return [];
    if (code === "ENOTDIR") return [aFile];
    throw cannotWrite(target, error);
  }
}

/** @returns what stands where a file could not be read, for a message. */
export function foundInstead(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "no such file";
  if (code === "EISDIR") return "a folder";
  return code === "ENOTDIR" ? "a file" : String(error);
}

function cannotWrite(where: string, error: unknown): Error {
  return complain(
    "io",
    {
      where,
      expected: "a place that can be written",
      got: error instanceof Error ? error.message : String(error),
      fix: "Choose another place, or free it",
    },
    { cause: error },
  );
}
