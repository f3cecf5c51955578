import { createHash } from "node:crypto";
import { Agent, request, type Dispatcher } from "undici";
import { complain } from "../errors.ts";
import { resolveHeaders, type Adapter } from "./adapter.ts";
import { readAnswer } from "./read-answer.ts";
import { TeacherFailure, type FailureKind, type RawAnswer, type Teacher } from "./teacher.ts";
import { fillPath, fillTemplate } from "./template.ts";

/**
 * A recommender behind HTTP, asked one history per request over kept-alive connections.
 * @param environment where ${env:NAME} in the adapter's headers is looked up.
 * @throws UserError "usage" for a URL that is none or carries a password, "input" for a missing variable.
 */
export function httpTeacher(
  url: string,
  adapter: Adapter,
  environment: Readonly<Record<string, string | undefined>>,
): Teacher {
  const base = readUrl(url);
  const headers = {
    accept: "application/json",
    ...(adapter.request.body === undefined ? {} : { "content-type": "application/json" }),
    ...resolveHeaders(adapter.request.headers, environment),
  };
  const agent = new Agent({ connections: adapter.maxConcurrency });
  const { request: asked, response: read, version } = adapter;
  const ask = async (history: readonly string[], k: number, signal: AbortSignal): Promise<RawAnswer> => {
    const answer = await send(base + fillPath(asked.path, history, k), {
      dispatcher: agent,
      method: asked.method,
      headers,
      ...(asked.body === undefined ? {} : { body: JSON.stringify(fillTemplate(asked.body, history, k)) }),
      signal,
    });
    return readAnswer(answer, read);
  };
  return {
    name: adapter.name,
    endpoint: base,
    version,
    fingerprint: sha256(JSON.stringify([base, asked, read, version])),
    capabilities: {
      scores: read.scores === undefined ? "ids" : "ids+score",
      maxK: adapter.maxK,
      maxConcurrency: adapter.maxConcurrency,
      batch: 1,
      costPerCall: adapter.costPerCall,
      sequenceInput: "inline",
      filtersSeen: adapter.filtersSeen,
    },
    recommend: (histories, k, signal) => Promise.all(histories.map((history) => ask(history, k, signal))),
    close: () => agent.destroy(),
  };
}

function readUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (
    parsed !== null &&
    /^https?:$/.test(parsed.protocol) &&
    parsed.username === "" &&
    parsed.password === ""
  ) {
    return url.replace(/\/+$/, "");
  }
  throw complain("usage", {
    where: "--teacher",
    expected: "a URL such as http://127.0.0.1:8080, without user or password",
    got: parsed === null ? url : `${parsed.protocol}//${parsed.host}`,
    fix: 'Put secrets into the environment and "${env:NAME}" into the adapter\'s headers',
  });
}

/** @returns the body of a successful answer. @throws TeacherFailure otherwise. */
async function send(url: string, options: NonNullable<Parameters<typeof request>[1]>): Promise<string> {
  const answer = await receive(url, options);
  const { statusCode: status, body, headers } = answer;
  if (status >= 200 && status < 300) return body;
  const kind = kindOf(status);
  const detail = body.slice(0, 200).replaceAll(/\s+/g, " ");
  throw new TeacherFailure(kind, `HTTP ${status}`, detail, kind === "transient" ? retryAfter(headers) : null);
}

function kindOf(status: number): FailureKind {
  if (status === 408 || status === 425 || status === 429 || status >= 500) return "transient";
  return status === 401 || status === 402 || status === 403 ? "denied" : "rejected";
}

interface Received {
  readonly statusCode: number;
  readonly headers: Dispatcher.ResponseData["headers"];
  readonly body: string;
}

async function receive(url: string, options: NonNullable<Parameters<typeof request>[1]>): Promise<Received> {
  try {
    const { statusCode, headers, body } = await request(url, options);
    return { statusCode, headers, body: await body.text() };
  } catch (error) {
    const { name, code, message } = error as { name?: string; code?: string; message?: string };
    if (name === "TimeoutError") throw new TeacherFailure("transient", "no answer in time");
    throw new TeacherFailure("transient", `no connection (${code ?? name ?? "unknown"})`, message);
  }
}

/**
 * Retry-After in milliseconds: seconds, or a date measured against the server's own clock.
 * @returns null where the header is missing or cannot be read.
 */
export function retryAfter(headers: Readonly<Record<string, string | string[] | undefined>>): number | null {
  const value = headers["retry-after"];
  if (typeof value !== "string") return null;
  if (/^\d+(\.\d+)?$/.test(value.trim())) return Number(value) * 1000;
  const now = typeof headers["date"] === "string" ? Date.parse(headers["date"]) : NaN;
  const until = Date.parse(value) - now;
  return Number.isNaN(until) ? null : Math.max(0, until);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
