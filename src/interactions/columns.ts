import { closest } from "fastest-levenshtein";
import { complain } from "../errors.ts";
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
  const repeated = available.find((name, i) => available.indexOf(name) !== i);
  if (repeated !== undefined) {
    throw complain("input", {
      where: `${shown}, line 1`,
      expected: "different column names",
      got: `${JSON.stringify(repeated)} twice`,
      fix: "Rename one of them",
    });
  }
  const find = (role: Role) => named(shown, available, wanted[role], role) ?? guess(available, role);
  const user = find("user") ?? missing(shown, available, "user");
  const item = find("item") ?? missing(shown, available, "item");
  const [value, time] = [find("value"), find("time")];
  return { user, item, ...(value === undefined ? {} : { value }), ...(time === undefined ? {} : { time }) };
}

function named(
  shown: string,
  available: readonly string[],
  name: string | undefined,
  role: Role,
): string | undefined {
  if (name === undefined || available.includes(name)) return name;
  throw complain("input", {
    where: shown,
    expected: `a column ${JSON.stringify(name)}`,
    got: `the columns ${available.join(", ")}`,
    fix: `The nearest is --${role}-column ${closest(name, available)}`,
  });
}

function guess(available: readonly string[], role: Role): string | undefined {
  const plain = available.map((name) => name.toLowerCase().replaceAll("_", ""));
  const hit = usual[role].find((name) => plain.includes(name));
  return hit === undefined ? undefined : available[plain.indexOf(hit)];
}

function missing(shown: string, available: readonly string[], role: "user" | "item"): never {
  throw complain("input", {
    where: shown,
    expected: `a column of ${role}s, such as ${role}_id`,
    got: `the columns ${available.join(", ")}`,
    fix: `Name it with --${role}-column`,
  });
}
