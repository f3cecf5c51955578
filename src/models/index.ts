/** The models, listed by hand. */
import { complain } from "../errors.ts";
import { nearest } from "../options.ts";
import { bert4rec } from "./bert4rec.ts";
import { cdae } from "./cdae.ts";
import { cml } from "./cml.ts";
import { ease } from "./ease.ts";
import { gru4rec } from "./gru4rec.ts";
import { hstu } from "./hstu.ts";
import { itemknn } from "./itemknn.ts";
import { ivae } from "./ivae.ts";
import { lightgcn } from "./lightgcn.ts";
import { mf } from "./mf.ts";
import { multvae } from "./multvae.ts";
import { neumf } from "./neumf.ts";
import { popularity } from "./popularity.ts";
import { sasrec } from "./sasrec.ts";
import type { Model } from "./types.ts";

export type * from "./types.ts";
export { leavesOf } from "./leaves.ts";
export { scoresByTables, scoresOf, scoring, type Scoring } from "./scores.ts";
export { padHistories } from "./pad.ts";
export { normal } from "./initial.ts";
export { gap } from "./tokens.ts";
export {
  bert4rec,
  cdae,
  cml,
  ease,
  gru4rec,
  hstu,
  itemknn,
  ivae,
  lightgcn,
  mf,
  multvae,
  neumf,
  popularity,
  sasrec,
};

export const models: Readonly<Record<string, Model>> = {
  sasrec,
  bert4rec,
  gru4rec,
  hstu,
  mf,
  lightgcn,
  cml,
  neumf,
  multvae,
  cdae,
  ivae,
  popularity,
  itemknn,
  ease,
};

/** @returns the model of that name. @throws UserError "usage" that lists the names and the nearest one. */
export function modelNamed(name: string): Model {
  const model = Object.hasOwn(models, name) ? models[name] : undefined;
  if (model !== undefined) return model;
  const names = Object.keys(models);
  const near = nearest(name, names);
  throw complain("usage", {
    where: "model",
    expected: `one of ${names.join(", ")}`,
    got: JSON.stringify(name),
    fix: near === undefined ? "Choose one of these" : `Write "${near}", or choose another`,
  });
}
