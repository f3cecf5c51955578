/** Options from outside (flags, --set, JSON, HTTP) against a schema: one function, one kind of message. */
import { closest, distance } from "fastest-levenshtein";
import * as z from "zod";
import { complain, type UserError } from "./errors.ts";

type Issue = z.core.$ZodIssue;

/** How a key is shown to the user: "sasrec option width", "--port". */
export type NameOption = (key: string) => string;

/**
 * Validates options and fills in defaults.
 * @param schema a zod object; keys it does not name are errors.
 * @param record the options as the user gave them.
 * @param where whose options they are, e.g. "sasrec", or how to show one of them.
 * @throws UserError "usage": "sasrec option width: expected number to be >0, got -1. ..." for the first problem;
 *   an unknown key names the nearest known one.
 */
export function parseOptions<S extends z.ZodObject>(
  schema: S,
  record: Readonly<Record<string, unknown>>,
  where: string | NameOption,
): z.output<S> {
  const name = typeof where === "string" ? (key: string) => `${where} option ${key}` : where;
  const keys = Object.keys(schema.shape);
  for (const key of Object.keys(record)) if (!keys.includes(key)) throw unknownKey(key, keys, name);
  const parsed = schema.safeParse(record);
  if (parsed.success) return parsed.data;
  throw wrongValue(parsed.error.issues[0]!, schema, record, name);
}

/** @returns the name that was meant, undefined where none is near enough. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const near = names.length === 0 ? "" : closest(name, names);
  return distance(name, near) <= near.length / 2 ? near : undefined;
}

function unknownKey(key: string, keys: readonly string[], name: NameOption): UserError {
  const near = nearest(key, keys);
  return complain("usage", {
    where: name(key),
    expected: keys.length === 0 ? "no options" : `one of ${keys.join(", ")}`,
    got: shown(key),
    fix: near === undefined ? "Leave it out" : `Did you mean ${near}? Leave it out otherwise`,
  });
}

function wrongValue(
  issue: Issue,
  schema: z.ZodObject,
  record: Readonly<Record<string, unknown>>,
  name: NameOption,
): UserError {
  const fallback = defaultOf(schema, issue.path);
  return complain("usage", {
    where: name(issue.path.map(String).join(".")),
    ...mismatch(issue, record),
    fix:
      fallback === undefined
        ? "Give such a value"
        : `Give such a value, or leave it out for the default, ${JSON.stringify(fallback)}`,
  });
}

/** What zod wanted of a value, and the part of it that is there instead. */
export function mismatch(issue: Issue, value: unknown): { expected: string; got: string } {
  if (issue.code === "unrecognized_keys")
    return { expected: "known fields alone", got: issue.keys.map(shown).join(", ") };
  return { expected: expectation(issue), got: shown(issue.path.reduce<unknown>(step, value)) };
}

/** A value as JSON, short enough to read. */
function shown(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}

function step(value: unknown, key: PropertyKey): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<PropertyKey, unknown>)[key]
    : undefined;
}

/** What zod wanted, out of its own message "Too small: expected number to be >=1". */
function expectation(issue: Issue): string {
  const wanted = /expected (.*?)(?:, received .*)?$/.exec(issue.message)?.[1];
  if (wanted === undefined) return issue.message;
  return /^(a |an |one of )/.test(wanted) ? wanted : `a ${wanted}`.replace(/^a (?=[aeio])/, "an ");
}

function defaultOf(schema: z.ZodObject, path: readonly PropertyKey[]): unknown {
  const field: unknown = schema.shape[String(path[0])];
  return path.length === 1 && field instanceof z.ZodDefault ? field.def.defaultValue : undefined;
}
