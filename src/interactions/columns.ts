import { complain } from "../errors.ts";
import { nearest } from "../options.ts";
import type { Columns } from "./types.ts";

type Role = keyof Columns;

/** Usual names of each column, without case and underscores. */
const usual: Readonly<Record<Role, readonly string[]>> = {
  user: ["user", "userid", "uid", "reviewerid", "customerid", "visitorid"],
  item: ["item", "itemid", "iid", "movieid", "productid", "asin", "bookid", "trackid", "businessid"],
  value: ["rating", "value", "score", "overall", "stars"],
  time: ["timestamp", "time", "unixreviewtime", "datetime", "date", "ts"],
};

/** Which columns to read: value and time only where the file has them. */
export type Found = { user: string; item: string } & Pick<Columns, "value" | "time">;

/**
 * @param available the file's column names.
 * @param wanted names the user gave; they must be there.
 * @throws UserError "input" that lists what is there and names the nearest.
 */
export function findColumns(shown: string, available: readonly string[], wanted: Columns): Found {
  refuseRepeated(shown, available);
  const find = (role: Role) => named(shown, available, wanted[role], role) ?? guess(available, role);
  const user = find("user") ?? missing(shown, available, "user");
  const item = find("item") ?? missing(shown, available, "item");
  const [value, time] = [find("value"), find("time")];
  return { user, item, ...(value === undefined ? {} : { value }), ...(time === undefined ? {} : { time }) };
}

/**
 * @param wanted names of columns that must be there; users and items may have one of their usual names
 * @returns what the file calls each.
 * @throws UserError "input" that lists what is there.
 */
export function requireColumns<C extends string>(
  shown: string,
  available: readonly string[],
  wanted: readonly C[],
): Record<C, string> {
  refuseRepeated(shown, available);
  const found = wanted.map((name) => [name, among(available, [name, ...(usualOf(name) ?? [])])] as const);
  if (found.every(([, column]) => column !== undefined))
    return Object.fromEntries(found) as Record<C, string>;
  throw complain("input", {
    where: shown,
    expected: `the columns ${wanted.join(", ")}`,
    got: available.join(", "),
    fix: "Rename the columns, or add those that are missing",
  });
}

const usualOf = (name: string): readonly string[] | undefined =>
  Object.hasOwn(usual, name) ? usual[name as Role] : undefined;

function refuseRepeated(shown: string, available: readonly string[]): void {
  const repeated = available.find((name, i) => available.indexOf(name) !== i);
  if (repeated === undefined) return;
  throw complain("input", {
    where: `${shown}, line 1`,
    expected: "different column names",
    got: `${JSON.stringify(repeated)} twice`,
    fix: "Rename one of them, or add a header line where it is a row",
  });
}

function named(
  shown: string,
  available: readonly string[],
  name: string | undefined,
  role: Role,
): string | undefined {
  if (name === undefined || available.includes(name)) return name;
  const near = nearest(name, available);
  throw complain("input", {
    where: shown,
    expected: `a column ${JSON.stringify(name)}`,
    got: `the columns ${available.join(", ")}`,
    fix: near === undefined ? "Choose one of these" : `Write --${role}-column ${near}`,
  });
}

const guess = (available: readonly string[], role: Role) => among(available, usual[role]);

function among(available: readonly string[], names: readonly string[]): string | undefined {
  const plain = available.map((name) => name.toLowerCase().replaceAll("_", ""));
  const hit = names.find((name) => plain.includes(name));
  return hit === undefined ? undefined : available[plain.indexOf(hit)];
}

function missing(shown: string, available: readonly string[], role: "user" | "item"): never {
  const isRow = available.some((name) => name !== "" && Number.isFinite(Number(name)));
  throw complain("input", {
    where: shown,
    expected: `a column of ${role}s, such as ${role}_id`,
    got: `the columns ${available.join(", ")}`,
    fix: `Name it with --${role}-column${isRow ? ", or add a header line: the first line looks like a row" : ""}`,
  });
}
