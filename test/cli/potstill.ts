import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
export const main = `${root}dist/cli/main.js`;
if (!existsSync(main)) throw new Error('The command line is not built. Run "npm run build" first.');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves once stdout or stderr contains the text; rejects if the process ends without it. */
  says(text: string): Promise<string>;
}

/** Starts `node <args>` as a user's shell would: a process of its own, no terminal. */
export function startNode(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = root): Started {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const heard = { stdout: "", stderr: "" };
  const listeners = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      heard[name] += text;
      for (const listen of listeners) listen();
    });
  }
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, ...heard })));
  const says = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const listen = () => {
        if ((heard.stdout + heard.stderr).includes(text)) resolve(heard.stdout + heard.stderr);
      };
      listeners.add(listen);
      listen();
      void ended.then(() => reject(new Error(`ended without "${text}": ${heard.stderr}`)));
    });
  return { ended, kill: (signal) => child.kill(signal), says };
}

/** Runs `potstill <args>` to its end. */
export function potstill(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> {
  return startNode([main, ...args], env).ended;
}
