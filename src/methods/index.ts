/** The methods, listed by hand. */
import { closest } from "fastest-levenshtein";
import { complain } from "../errors.ts";
import { bahsd } from "./bahsd.ts";
import { none } from "./none.ts";
import { cd } from "./cd.ts";
import { ce } from "./ce.ts";
import { dcd } from "./dcd.ts";
import { de } from "./de.ts";
import { ftd } from "./ftd.ts";
import { htd } from "./htd.ts";
import { rceKd } from "./rce-kd.ts";
import { rd } from "./rd.ts";
import { rrd } from "./rrd.ts";
import type { FactorMethod, ListMethod } from "./types.ts";
import { unkd } from "./unkd.ts";
import { uniformKl } from "./uniform-kl.ts";

export type * from "./types.ts";
export { byRank, consistency, rbo } from "./bahsd.ts";
export { popularityGroups } from "./unkd.ts";
export { bahsd, cd, ce, dcd, de, ftd, htd, none, rceKd, rd, rrd, uniformKl, unkd };

export const methods: Readonly<Record<string, ListMethod>> = {
  bahsd,
  "uniform-kl": uniformKl,
  none,
};

/** Those that learn from the `factors` signal. */
export const factorMethods: Readonly<Record<string, FactorMethod>> = {
  "rce-kd": rceKd,
  ce,
  cd,
  rrd,
  dcd,
  rd,
  unkd,
  de,
  ftd,
  htd,
};

/** @returns the method of that name. @throws UserError "usage" that lists the names and the nearest one. */
export function methodNamed(name: string): ListMethod {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method !== undefined) return method;
  const names = Object.keys(methods);
  throw complain("usage", {
    where: "method",
    expected: `one of ${names.join(", ")}`,
    got: JSON.stringify(name),
    fix: `Write "${closest(name, names)}", or choose another`,
  });
}
