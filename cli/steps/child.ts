/** Commands of ours as processes of their own. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { UserError } from "../../src/errors.ts";
import type { Io } from "../frame/types.ts";

/** The words of a command after `potstill`. */
export type Argv = readonly string[];

const main = fileURLToPath(new URL("../main.js", import.meta.url));

interface How {
  /** Where its paths begin. */
  readonly cwd: string;
  readonly output: "ignore" | "pipe";
  /** Out of reach of a terminal's Ctrl-C, which goes to every process of a group. */
  readonly detached?: boolean;
}

export const start = (argv: Argv, { cwd, output, detached = false }: How) =>
  spawn(process.execPath, [main, ...argv], { cwd, detached, stdio: ["ignore", output, "inherit"] });

export interface Ended {
  readonly code: number | null;
  /** What it printed with --json, errors too. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** Shows the command and what it says; the first signal is passed on, once: a second would end it unsaved. @throws UserError "interrupted" when a signal stopped us or it. */
export async function runToEnd(argv: Argv, cwd: string, io: Io, stopped: string): Promise<Ended> {
  io.note(`potstill ${argv.join(" ")}`);
  const words = [...argv, "--json", ...(io.quiet ? ["--quiet"] : [])];
  const child = start(words, { cwd, output: "pipe", detached: true });
  const stop = () => child.kill("SIGINT");
  io.signal.addEventListener("abort", stop, { once: true });
  let text = "";
  child.stdout!.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  io.signal.removeEventListener("abort", stop);
  if (code === 130 || io.signal.aborted) throw new UserError("interrupted", stopped);
  return { code, json: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
}
