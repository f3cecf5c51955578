/** The models, listed by hand. */
import { complain } from "../errors.ts";
import { closest } from "fastest-levenshtein";
import { bert4rec } from "./bert4rec.ts";
import { cml } from "./cml.ts";
import { gru4rec } from "./gru4rec.ts";
import { hstu } from "./hstu.ts";
import { lightgcn } from "./lightgcn.ts";
import { mf } from "./mf.ts";
import { neumf } from "./neumf.ts";
import { sasrec } from "./sasrec.ts";
import type { Model } from "./types.ts";

export type * from "./types.ts";
export { leavesOf } from "./leaves.ts";
export { scoresByTables, scoresOf, scoring } from "./scores.ts";
export { padHistories } from "./pad.ts";
export { normal } from "./initial.ts";
export { gap } from "./tokens.ts";
export { bert4rec, cml, gru4rec, hstu, lightgcn, mf, neumf, sasrec };

export const models: Readonly<Record<string, Model>> = {
  sasrec,
  bert4rec,
  gru4rec,
  hstu,
  mf,
  lightgcn,
  cml,
  neumf,
};

/** @returns the model of that name. @throws UserError "usage" that lists the names and the nearest one. */
export function modelNamed(name: string): Model {
  const model = Object.hasOwn(models, name) ? models[name] : undefined;
  if (model !== undefined) return model;
  const names = Object.keys(models);
  throw complain("usage", {
    where: "model",
    expected: `one of ${names.join(", ")}`,
    got: JSON.stringify(name),
    fix: `Write "${closest(name, names)}", or choose another`,
  });
}
