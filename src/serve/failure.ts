import type { FastifyError } from "fastify";
import { UserError, type ErrorCode } from "../errors.ts";
import { Overloaded } from "./batcher.ts";

const statuses: { readonly [C in ErrorCode]: number } = {
  usage: 400,
  input: 422,
  "not-found": 404,
  conflict: 409,
  unavailable: 503,
  io: 500,
  budget: 429,
  interrupted: 503,
};

export interface HttpFailure {
  readonly status: number;
  readonly code: ErrorCode | "internal";
  readonly message: string;
}

/** Every error in one shape, never with a stack. */
export function toHttp(error: unknown): HttpFailure {
  if (error instanceof UserError)
    return { status: statuses[error.code], code: error.code, message: error.message };
  if (error instanceof Overloaded) return { status: 429, code: "unavailable", message: overloaded };
  const status = error instanceof Error ? ((error as Partial<FastifyError>).statusCode ?? 500) : 500;
  if (status >= 400 && status < 500)
    return { status, code: "usage", message: refusal(status, error as Error) };
  return {
    status: 500,
    code: "internal",
    message: "internal: the request failed; the server's log says why.",
  };
}

const overloaded =
  "server: expected fewer requests at once, got too many. Come back after Retry-After seconds.";

function refusal(status: number, error: Error): string {
  if (status === 413) return "body: expected at most 1 MiB, got more. Send a shorter history.";
  if (status === 415) return "content-type: expected application/json, got another. Send the body as JSON.";
  return `request: expected valid JSON over HTTP, got something else (${error.message}). Correct it.`;
}
