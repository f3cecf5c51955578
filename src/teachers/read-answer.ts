import type { Adapter } from "./adapter.ts";
import { TeacherFailure, type RawAnswer } from "./teacher.ts";

/**
 * Reads ids, scores and version out of an answer's body.
 * @throws TeacherFailure "bad-answer" for a body that is no JSON or holds no list of ids where the adapter says.
 */
export function readAnswer(body: string, { items, scores, version }: Adapter["response"]): RawAnswer {
  const json = parse(body);
  const found = at(json, items);
  if (!Array.isArray(found)) throw new TeacherFailure("bad-answer", "no list of ids", `at ${items}`);
  const ids = found.map(asId);
  const told = version === undefined ? undefined : at(json, version);
  return {
    ids,
    scores: scores === undefined ? null : asScores(at(json, scores), ids.length),
    version: typeof told === "string" || typeof told === "number" ? String(told) : null,
  };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new TeacherFailure("bad-answer", "not JSON", JSON.stringify(body.slice(0, 60)));
  }
}

/** Follows a JSON pointer whose `*` steps stand for every element of a list. */
function at(value: unknown, pointer: string): unknown {
  const steps = pointer.split("/").slice(1);
  return follow(
    value,
    steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~")),
  );
}

function follow(value: unknown, [step, ...rest]: readonly string[]): unknown {
  if (step === undefined) return value;
  if (step === "*") return Array.isArray(value) ? value.map((entry) => follow(entry, rest)) : undefined;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
  return follow((value as Record<string, unknown>)[step], rest);
}

function asId(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  throw new TeacherFailure("bad-answer", "ids of a wrong type", JSON.stringify(value));
}

/** A teacher that gives no score at all gives ids only; one that scores a part of its list is not understood. */
function asScores(found: unknown, length: number): readonly number[] | null {
  if (found === undefined) return null;
  const list: readonly unknown[] = Array.isArray(found) ? found : [found];
  if (list.every((score) => score === undefined || score === null)) return null;
  if (list.length === length && list.every((score) => typeof score === "number")) return list;
  throw new TeacherFailure("bad-answer", "scores of a wrong type");
}
