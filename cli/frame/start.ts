import { CommanderError } from "commander";
import pc from "picocolors";
import * as z from "zod";
import { explain, type Failure } from "./failure.ts";
import { createIo, stopSignal, type Shared } from "./io.ts";
import { readOptions } from "./options.ts";
import { buildProgram } from "./program.ts";
import { duration } from "./progress.ts";
import type { CommandEntry, CommandFile, Output } from "./types.ts";

const whole = "expected a whole number of at least 0";
const sharedSchema = z.object({
  json: z.boolean().default(false),
  quiet: z.boolean().default(false),
  seed: z.coerce.number(whole).int(whole).min(0, whole).default(0),
});

/** Runs one command line to its end. @returns the exit code. */
export async function start(
  entries: Readonly<Record<string, CommandEntry>>,
  version: string,
  argv: readonly string[],
): Promise<number> {
  let stopped: AbortSignal | null = null;
  try {
    const chosen = await choose(entries, version, argv);
    if (typeof chosen === "number") return chosen;
    const { shared, own } = split(chosen.options);
    stopped = stopSignal((text) => (shared.quiet ? undefined : process.stderr.write(`${text}\n`)));
    return await run(chosen.file, chosen.args, own, shared, stopped);
  } catch (error) {
    const failure = explain(error, stopped?.aborted ?? false);
    report(failure, argv.includes("--json"));
    return failure.exitCode;
  }
}

interface Chosen {
  readonly file: CommandFile;
  readonly args: readonly string[];
  readonly options: Record<string, unknown>;
}

/** @returns the command to run, or the exit code where help or the version was all that was asked for. */
async function choose(
  entries: Readonly<Record<string, CommandEntry>>,
  version: string,
  argv: readonly string[],
): Promise<Chosen | number> {
  const found: Chosen[] = [];
  const program = await buildProgram(entries, version, argv, (file, args, options) =>
    found.push({ file, args, options }),
  );
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // its text is already printed
    throw error;
  }
  return found[0] ?? 2;
}

function split(options: Record<string, unknown>): { shared: Shared; own: Record<string, unknown> } {
  const { json, quiet, seed, ...own } = options;
  const given = Object.entries({ json, quiet, seed }).filter(([, value]) => value !== undefined);
  return { shared: readOptions(sharedSchema, Object.fromEntries(given)), own };
}

async function run(
  file: CommandFile,
  args: readonly string[],
  options: Record<string, unknown>,
  shared: Shared,
  signal: AbortSignal,
): Promise<number> {
  const io = createIo(shared, signal);
  const began = performance.now();
  const output = await file.run(args, options, io);
  print(output, shared.json);
  if (output.running === undefined) {
    const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
    io.note(pc.dim(`${duration((performance.now() - began) / 1000)}, peak memory ${megabytes} MB`));
  } else await output.running;
  return output.exitCode ?? 0;
}

function print(output: Output, json: boolean): void {
  const text = json ? JSON.stringify({ schema: 1, ...output.json }) : output.text;
  if (text !== "") process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

function report(failure: Failure, json: boolean): void {
  const { code, message, stack } = failure;
  process.stderr.write(`${pc.red("error")}: ${message}\n`);
  if (stack !== undefined) {
    process.stderr.write(`${stack}\nThis is a mistake of potstill. Please report it with the lines above.\n`);
  }
  if (json) process.stdout.write(`${JSON.stringify({ schema: 1, error: { code, message } })}\n`);
}
