import { CommanderError } from "commander";
import { UserError, type ErrorCode } from "../../src/errors.ts";

const exitCodes: { readonly [C in ErrorCode]: number } = {
  usage: 2,
  input: 2,
  "not-found": 2,
  conflict: 2,
  unavailable: 1,
  io: 1,
  budget: 3,
  interrupted: 130,
};

/** What the user is told, and how the process ends. */
export interface Failure {
  readonly code: ErrorCode | "internal";
  readonly message: string;
  readonly exitCode: number;
  /** Ours only: a user's mistake never shows a stack. */
  readonly stack?: string;
}

/** @param stopped whether a signal asked the command to stop, so that a cancelled call is no failure of its own. */
export function explain(error: unknown, stopped: boolean): Failure {
  const known = toUserError(error, stopped);
  if (known !== null) {
    return { code: known.code, message: known.message, exitCode: exitCodes[known.code] };
  }
  const ours = error instanceof Error ? error : new Error(String(error));
  return {
    code: "internal",
    message: `internal: ${ours.message.replace(/^internal: /, "")}`,
    exitCode: 1,
    stack: ours.stack ?? "",
  };
}

function toUserError(error: unknown, stopped: boolean): UserError | null {
  if (error instanceof UserError) return error;
  if (error instanceof CommanderError) return new UserError("usage", error.message);
  if (!(error instanceof Error)) return null;
  if (stopped && error.name === "AbortError") return new UserError("interrupted", "Stopped by a signal.");
  return systemError(error);
}

/** The operating system's refusals that a user can do something about. */
const refusals: Readonly<Record<string, { code: ErrorCode; say: string }>> = {
  ENOENT: { code: "not-found", say: "expected a file or folder, got nothing. Check the path." },
  EISDIR: { code: "input", say: "expected a file, got a folder. Check the path." },
  ENOTDIR: { code: "input", say: "expected a folder, got a file. Check the path." },
  EACCES: {
    code: "io",
    say: "expected access, got permission denied. Change its permissions or choose another.",
  },
  EPERM: {
    code: "io",
    say: "expected access, got permission denied. Change its permissions or choose another.",
  },
  EROFS: { code: "io", say: "expected a writable disk, got a read-only one. Choose another place." },
  ENOSPC: { code: "io", say: "expected room on the disk, got a full one. Free some space and run again." },
  EDQUOT: { code: "io", say: "expected room on the disk, got a spent quota. Free some space and run again." },
  EMFILE: {
    code: "io",
    say: "expected to open a file, got too many open ones. Raise `ulimit -n` and run again.",
  },
  EADDRINUSE: {
    code: "unavailable",
    say: "expected a free port, got one in use. Choose another with --port.",
  },
  EADDRNOTAVAIL: {
    code: "unavailable",
    say: "expected an address of this machine, got another. Change --host.",
  },
};

interface SystemError extends Error {
  readonly code?: string;
  readonly path?: string;
  readonly address?: string;
  readonly port?: number;
}

function systemError(error: SystemError): UserError | null {
  const refusal = Object.hasOwn(refusals, error.code ?? "") ? refusals[error.code ?? ""] : undefined;
  if (refusal === undefined) return null;
  const place =
    error.path ?? (error.port === undefined ? "disk" : `${error.address ?? "port"}:${error.port}`);
  return new UserError(refusal.code, `${place}: ${refusal.say}`, { cause: error });
}
