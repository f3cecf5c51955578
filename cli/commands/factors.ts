import * as z from "zod";
import { openDataset, row, type Dataset } from "../../src/dataset/index.ts";
import { complain } from "../../src/errors.ts";
import { openBundle, type Bundle } from "../../src/export/index.ts";
import {
  readVectors,
  writeFactorSignal,
  type FactorManifest,
  type Factors,
} from "../../src/signals/index.ts";
import { readOptions } from "../frame/options.ts";
import type { CommandFile } from "../frame/types.ts";

const schema = z.object({
  bundle: z.string().optional(),
  users: z.string().optional(),
  items: z.string().optional(),
  data: z.string(),
  out: z.string(),
  force: z.boolean().default(false),
});

export const command: CommandFile = {
  summary: "write a teacher's user and item vectors as a signal",
  examples: [
    "potstill factors --bundle bundles/teacher --data data/shop --out signals/factors",
    "potstill factors --users user.npy --items item.npy --data data/shop --out signals/factors",
  ],
  define(command) {
    command
      .option("--bundle <folder>", "a teacher that potstill trained")
      .option("--users <file>", "or its user vectors, .npy or .parquet, a row per user of the dataset")
      .option("--items <file>", "and its item vectors, a row per item of the dataset")
      .requiredOption("--data <folder>", "the dataset the teacher was trained on")
      .requiredOption("--out <folder>", "the signal to make")
      .option("--force", "replace the signal if it is there");
  },
  async run(_args, options, io) {
    const flags = readOptions(schema, options);
    const dataset = await openDataset(flags.data);
    const { factors, teacher } = await factorsOf(flags, dataset);
    const manifest = await writeFactorSignal(flags.out, factors, dataset, teacher, { force: flags.force });
    io.note(`teacher ${teacher.name} of ${teacher.source}`);
    const [users, items] = [dataset.users.size, dataset.items.size];
    return {
      json: { signal: flags.out, manifest, users, items },
      text: `${flags.out}: ${users} users and ${items} items of width ${manifest.width}`,
    };
  },
};

async function factorsOf(
  { bundle: directory, users, items }: z.output<typeof schema>,
  dataset: Dataset,
): Promise<{ factors: Factors; teacher: FactorManifest["teacher"] }> {
  if (directory !== undefined && users === undefined && items === undefined) {
    const bundle = await openBundle(directory);
    const { name, weightsSha256, dataset: made } = bundle.manifest;
    if (made.hash !== dataset.manifest.hash) throw otherData(directory, dataset);
    const teacher = { name, source: directory, version: weightsSha256.slice(0, 12) };
    return { factors: await vectorsOf(bundle, dataset), teacher };
  }
  if (directory === undefined && users !== undefined && items !== undefined) {
    const factors = { users: await readVectors(users), items: await readVectors(items) };
    return { factors, teacher: { name: "external", source: `${users}, ${items}`, version: "" } };
  }
  throw complain("usage", {
    where: "factors",
    expected: "either --bundle, or --users and --items",
    got: "another combination",
    fix: "Run: potstill factors --help",
  });
}

/** Every user's vector, at the end of their training history. */
async function vectorsOf(bundle: Bundle, dataset: Dataset): Promise<Factors> {
  if (bundle.tables === undefined) throw withoutVectors(bundle.directory, bundle.manifest.model);
  const users = Int32Array.from({ length: dataset.users.size }, (_, u) => u);
  const known = bundle.users !== null;
  const histories = Array.from(users, (u) => (known ? new Int32Array(0) : row(dataset.train, u)));
  const { width, ...data } = await bundle.tables(users, histories);
  return { users: { width, data: data.users }, items: { width, data: data.items } };
}

const withoutVectors = (where: string, model: string) =>
  complain("input", {
    where,
    expected: "a bundle of a model whose scores are dot products of vectors",
    got: `one of ${model}, whose scores are not`,
    fix: "Take another model, or distil from its lists, which potstill probe writes",
  });

const otherData = (where: string, { directory }: Dataset) =>
  complain("conflict", {
    where,
    expected: `a bundle made from ${directory}`,
    got: "one made from other data",
    fix: "Give the data it was made from with --data",
  });
