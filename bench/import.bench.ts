/** A file of a million "user item" lines becomes a dataset folder: order, vocabularies, split, Parquet, hash. */
import { join } from "node:path";
import { drive, importDataset } from "../src/index.ts";
import { clocked, type Bench } from "./bench.ts";
import { dataFile, scratch } from "./data.ts";

export const dataImport: Bench = {
  name: "import-ml-1m",
  what: "data import of ML-1M",
  goal: "-",
  warmup: 1,
  repeats: 5,
  peer: null,
  open() {
    const { path, note } = dataFile("ml-1m");
    const once = () =>
      drive(
        importDataset({
          source: { file: path, format: "sasrec" },
          out: join(scratch, "imported"),
          rules: { split: { kind: "leave-one-out" }, filter: { kind: "none" }, ties: "stored" },
          force: true,
        }),
      );
    return Promise.resolve({ run: () => clocked(once), peer: {}, note });
  },
};
