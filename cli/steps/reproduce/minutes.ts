/** How long a cell takes. */
import { secondsOf } from "../../../recipes/results.ts";
import type { Cell, CellResult } from "../../../recipes/index.ts";

const rowOf = (id: string) => id.replace(/(seed|labels|weight)-[^/]+$/, "");

/** @returns minutes: what it took, or others of its row on average; where none has run, what the recipe says. */
export function minutesOf({ id, minutes }: Cell, results: ReadonlyMap<string, CellResult>): number {
  const own = results.get(id);
  const known = own ? [own] : [...results.values()].filter(({ cell }) => rowOf(cell) === rowOf(id));
  if (known.length === 0) return minutes;
  return Math.ceil(known.reduce((sum, result) => sum + secondsOf(result), 0) / known.length / 60);
}
