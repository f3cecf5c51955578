import { movielens, recbole, sasrec, tsv, udata } from "./fields.ts";
import { s3rec, userLists } from "./lists.ts";
import { csv, jsonl, parquet } from "./tables.ts";
import type { Format } from "./types.ts";

export type FormatName =
  "movielens" | "udata" | "csv" | "tsv" | "jsonl" | "parquet" | "sasrec" | "s3rec" | "user-lists" | "recbole";

/** Every format that can be read, by the name the user gives it. */
export const formats: { readonly [K in FormatName]: Format } = {
  movielens,
  udata,
  csv,
  tsv,
  jsonl,
  parquet,
  sasrec,
  s3rec,
  "user-lists": userLists,
  recbole,
};
