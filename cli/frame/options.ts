import type { Command } from "commander";
import type * as z from "zod";
import { complain } from "../../src/errors.ts";
import { parseOptions } from "../../src/options.ts";

/** Validates a command's flags. @throws UserError "usage" that names the flag as it is typed. */
export function readOptions<S extends z.ZodObject>(
  schema: S,
  options: Readonly<Record<string, unknown>>,
): z.output<S> {
  return parseOptions(schema, options, flag);
}

/** "maxLength" -> "--max-length", "k" -> "-k". */
function flag(key: string): string {
  if (key.length === 1) return `-${key}`;
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Adds the repeatable `--set key=value`; `options.set` is then a list for {@link parseSettings}. */
export function addSet(command: Command, what: string): void {
  const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];
  command.option("--set <key=value>", `set an option of ${what}; repeatable`, collect, []);
}

/**
 * Reads `--set a=1 --set b.c=x` into {a: 1, "b.c": "x"}; a value is a number however it is written, JSON where it
 * parses as JSON, else text.
 * @throws UserError "usage" where "=" or the key is missing, or a key comes twice.
 */
export function parseSettings(list: readonly string[]): Record<string, unknown> {
  const settings = new Map<string, unknown>();
  for (const entry of list) {
    const at = entry.indexOf("=");
    const key = entry.slice(0, at).trim();
    if (at < 1 || key === "" || settings.has(key)) throw badSetting(entry, settings.has(key));
    settings.set(key, valueOf(entry.slice(at + 1)));
  }
  return Object.fromEntries(settings);
}

function badSetting(entry: string, twice: boolean) {
  return complain("usage", {
    where: "--set",
    expected: twice ? "each key once" : "key=value",
    got: JSON.stringify(entry),
    fix: twice ? "Keep one of them" : "Write for example --set width=64",
  });
}

/** JSON knows no .01, +1 and 01, and reads 1e999 as infinity, which stays text and is no number then. */
function valueOf(value: string): unknown {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) {
    const number = Number(value);
    return Number.isFinite(number) ? number : value;
  }
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
