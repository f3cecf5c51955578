/** The recipes, listed by hand. */
import { bahsdBeauty, bahsdMl1m } from "./bahsd.ts";
import { blackBoxMl1m } from "./black-box-ml-1m.ts";
import { hetcompCiteulike, hetcompFoursquare } from "./hetcomp.ts";
import { hetcompMl1mMixed } from "./hetcomp-mixed.ts";
import { rceKdCiteulike } from "./rce-kd-citeulike.ts";
import { rceKdGowalla } from "./rce-kd-gowalla.ts";
import { rceKdBeauty, rceKdMl1m } from "./rce-kd-sequential.ts";
import type { Recipe } from "./types.ts";

export type * from "./types.ts";

export const recipes: Readonly<Record<string, Recipe>> = {
  "black-box-ml-1m": blackBoxMl1m,
  "bahsd-beauty": bahsdBeauty,
  "bahsd-ml-1m": bahsdMl1m,
  "rce-kd-citeulike": rceKdCiteulike,
  "rce-kd-gowalla": rceKdGowalla,
  "rce-kd-ml-1m": rceKdMl1m,
  "rce-kd-beauty": rceKdBeauty,
  "hetcomp-citeulike": hetcompCiteulike,
  "hetcomp-foursquare": hetcompFoursquare,
  "hetcomp-ml1m-mixed": hetcompMl1mMixed,
};
