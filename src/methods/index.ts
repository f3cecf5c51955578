/** The methods, listed by hand. */
import { complain } from "../errors.ts";
import { nearest } from "../options.ts";
import { augment } from "./augment.ts";
import { bahsd } from "./bahsd.ts";
import { listRd } from "./list-rd.ts";
import { listRrd } from "./list-rrd.ts";
import { none } from "./none.ts";
import { cd } from "./cd.ts";
import { cl4srec } from "./cl4srec.ts";
import { ce } from "./ce.ts";
import { clDrd } from "./cl-drd.ts";
import { dcd } from "./dcd.ts";
import { de } from "./de.ts";
import { ensembleDcd } from "./ensemble-dcd.ts";
import { ensembleRceKd } from "./ensemble-rce-kd.ts";
import { ensembleRrd } from "./ensemble-rrd.ts";
import { ftd } from "./ftd.ts";
import { hetcomp } from "./hetcomp.ts";
import { htd } from "./htd.ts";
import { mtd } from "./mtd.ts";
import { pckd } from "./pckd.ts";
import { rankMargin } from "./rank-margin.ts";
import { rceKd } from "./rce-kd.ts";
import { rd } from "./rd.ts";
import { repair } from "./repair.ts";
import { rrd } from "./rrd.ts";
import { sampledCe } from "./sampled-ce.ts";
import type { FactorMethod, ListMethod, TrajectoryMethod } from "./types.ts";
import { unkd } from "./unkd.ts";
import { uniformKl } from "./uniform-kl.ts";

export type * from "./types.ts";
export { answered } from "./answered.ts";
export { overlapWith, rbo } from "./overlap.ts";
export { byRank, consistency } from "./reliability.ts";
export { Ensemble } from "./ensemble.ts";
export { decayOption } from "./importance.ts";
export { popularityGroups } from "./unkd.ts";
export {
  augment,
  bahsd,
  cd,
  ce,
  cl4srec,
  dcd,
  de,
  ftd,
  htd,
  listRd,
  listRrd,
  none,
  pckd,
  rankMargin,
  rceKd,
  rd,
  repair,
  rrd,
  sampledCe,
};
export { clDrd, ensembleDcd, ensembleRceKd, ensembleRrd, hetcomp, mtd, uniformKl, unkd };

export const methods: Readonly<Record<string, ListMethod>> = {
  bahsd,
  "uniform-kl": uniformKl,
  "rank-margin": rankMargin,
  repair,
  "list-rd": listRd,
  "list-rrd": listRrd,
  augment,
  cl4srec,
  none,
};

/** Those that learn from the `factors` signal. */
export const factorMethods: Readonly<Record<string, FactorMethod>> = {
  "rce-kd": rceKd,
  ce,
  "sampled-ce": sampledCe,
  cd,
  rrd,
  dcd,
  rd,
  unkd,
  de,
  pckd,
  ftd,
  htd,
};

/** Those that learn from the `trajectory` signal. */
export const trajectoryMethods: Readonly<Record<string, TrajectoryMethod>> = {
  hetcomp,
  "ensemble-rrd": ensembleRrd,
  "ensemble-dcd": ensembleDcd,
  "ensemble-rce-kd": ensembleRceKd,
  mtd,
  "cl-drd": clDrd,
};

/** The kinds of signals, and the methods that learn from each. */
const bySignal = { lists: methods, factors: factorMethods, trajectory: trajectoryMethods } as const;
export type SignalKind = keyof typeof bySignal;

/** @returns the method of that name. @throws UserError for an unknown one, or one that wants another signal. */
export function methodNamed(name: string): ListMethod {
  return found("lists", methods, name);
}

/** @returns the method of that name. @throws UserError for an unknown one, or one that wants another signal. */
export function factorMethodNamed(name: string): FactorMethod {
  return found("factors", factorMethods, name);
}

/** @returns the method of that name. @throws UserError for an unknown one, or one that wants another signal. */
export function trajectoryMethodNamed(name: string): TrajectoryMethod {
  return found("trajectory", trajectoryMethods, name);
}

function found<M>(kind: SignalKind, fitting: Readonly<Record<string, M>>, name: string): M {
  const method = Object.hasOwn(fitting, name) ? fitting[name] : undefined;
  if (method !== undefined) return method;
  const names = Object.keys(fitting);
  const near = nearest(name, names);
  const other = (Object.keys(bySignal) as SignalKind[]).find((each) => Object.hasOwn(bySignal[each], name));
  if (other !== undefined)
    throw complain("conflict", {
      where: `method "${name}"`,
      expected: `one that learns from the signal "${kind}": ${names.join(", ")}`,
      got: `one that learns from "${other}"`,
      fix: "Choose one of these, or give it a signal of its kind with --signals",
    });
  throw complain("usage", {
    where: "method",
    expected: `one of ${names.join(", ")}`,
    got: JSON.stringify(name),
    fix: near === undefined ? "Choose one of these" : `Write "${near}", or choose another`,
  });
}
