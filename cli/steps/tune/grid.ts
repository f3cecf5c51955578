/** What to try: values of settings, all of them together or drawn. */
import { complain } from "../../../src/errors.ts";
import type { Random } from "../../../src/random.ts";
import type { Argv } from "../child.ts";

/** Values as they are written after `--set key=`. */
export type Settings = Readonly<Record<string, string>>;

/** A setting and its values: some that are listed, or all between two positive numbers. */
export type Axis = { readonly key: string } & (
  { readonly values: readonly string[] } | { readonly from: number; readonly to: number }
);

const number = String.raw`(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)`;
const range = new RegExp(`^${number}\\.\\.${number}$`, "i");
/** More than anybody waits for. */
const most = 10_000;

/** Reads `key=a,b,c` and `key=1e-4..1e-1`. @throws UserError "usage" for anything else, and for a key that comes twice. */
export function parseGrid(list: readonly string[]): Axis[] {
  const keys = new Set<string>();
  return list.map((entry) => {
    const at = entry.indexOf("=");
    const [key, text] = [entry.slice(0, at).trim(), entry.slice(at + 1)];
    const values = text.split(",").map((value) => value.trim());
    if (at < 1 || key === "" || values.includes("")) throw unreadable(entry);
    if (keys.has(key) || new Set(values).size < values.length) throw twice(entry);
    keys.add(key);
    const [from, to] = (range.exec(text)?.slice(1) ?? []).map(Number);
    if (from === undefined || to === undefined) return { key, values };
    if (!(from > 0 && from < to)) throw unreadable(entry);
    return { key, from, to };
  });
}

/**
 * @param count undefined: every combination, in order; else as many at random, none twice. More of them begin with the same.
 * @throws UserError "usage" for a range without a count, and for more than 10,000 combinations without one
 */
export function trialsOf(axes: readonly Axis[], count: number | undefined, random: Random): Settings[] {
  const sizes = axes.map((axis) => ("values" in axis ? axis.values.length : Infinity));
  const all = sizes.reduce((product, size) => product * size, 1);
  if (count === undefined) {
    if (all > most) throw tooMany(axes.find((axis) => "from" in axis));
    return Array.from({ length: all }, (_, n) => combination(axes, n));
  }
  const found = new Map<string, Settings>();
  for (let n = 0; found.size < Math.min(count, all) && n < 100 * count; n++) {
    // a narrow range has few values
    const settings = drawn(axes, random.split("trial", n));
    found.set(keyOf(settings), settings);
  }
  return [...found.values()];
}

/** The same for the same settings. */
export const keyOf = (settings: Settings): string => JSON.stringify(Object.entries(settings).sort());

export const flagsOf = (settings: Settings): Argv =>
  Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]);

/** Number n of all, the last axis turning fastest. */
function combination(axes: readonly Axis[], n: number): Settings {
  let left = n;
  const pairs = [...axes].reverse().map((axis): [string, string] => {
    const { values } = axis as Extract<Axis, { values: unknown }>;
    const value = values[left % values.length]!;
    left = Math.floor(left / values.length);
    return [axis.key, value];
  });
  return Object.fromEntries(pairs.reverse());
}

/** Of a range every order of magnitude alike, to three digits. */
function drawn(axes: readonly Axis[], random: Random): Settings {
  const valueOf = (axis: Axis) =>
    "values" in axis
      ? axis.values[random.integer(axis.values.length)]!
      : String(Number((axis.from * (axis.to / axis.from) ** random.uniform()).toPrecision(3)));
  return Object.fromEntries(axes.map((axis) => [axis.key, valueOf(axis)]));
}

const unreadable = (entry: string) =>
  complain("usage", {
    where: "--grid",
    expected: "key=value,value or key=from..to, above 0 and rising",
    got: JSON.stringify(entry),
    fix: "Write for example --grid weight=0.1,1,10 or --grid learningRate=1e-4..1e-2",
  });

const twice = (entry: string) =>
  complain("usage", {
    where: "--grid",
    expected: "each key and each of its values once",
    got: JSON.stringify(entry),
    fix: "Keep one of them",
  });

const tooMany = (ranged: Axis | undefined) =>
  complain("usage", {
    where: "--grid",
    expected: `at most ${most.toLocaleString("en")} combinations`,
    got: ranged === undefined ? "more" : `a range of ${ranged.key}`,
    fix: "Say how many to draw with --trials",
  });
