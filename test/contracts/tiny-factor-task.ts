/** A task of MF taught by random factors: five users who have one to ten of twelve items. */
import { datasetFromLists } from "../../src/dataset/index.ts";
import { drive, type RunEvent } from "../../src/events.ts";
import type { FactorMethod } from "../../src/methods/index.ts";
import { mf, type UserModel } from "../../src/models/index.ts";
import { parseOptions } from "../../src/options.ts";
import { Random } from "../../src/random.ts";
import { factorOptions, factorTask } from "../../src/train/factor-task.ts";
import { fitOptions, learn } from "../../src/train/index.ts";
import { randomFactors } from "./factor-world.ts";
import { oneThread } from "./graph-values.ts";

const model: UserModel = mf;
const everybody = Int32Array.from({ length: 5 }, (_, u) => u);
const manifest = {
  schema: 1,
  kind: "factors",
  dataset: "",
  teacher: { name: "", source: "", version: "" },
  width: 3,
  hash: "",
} as const;

type Given = Readonly<Record<string, unknown>>;

/** @param given the method's options @param more those of batches */
export async function tinyFactorTask(method: FactorMethod, given: Given, more: Given) {
  const random = new Random(4);
  const dataset = datasetFromLists(
    [1, 3, 4, 12, 10].map((n) => random.sample(12, n)),
    { items: 12 },
  );
  const modelOptions = model.options.parse({ width: 2 });
  const task = await factorTask(
    {
      model,
      modelOptions,
      weights: model.parameters({ users: 5, items: 12 }, modelOptions, random.split("weights")),
      train: dataset.train,
      users: everybody,
      random: random.split("task"),
      method,
      methodOptions: parseOptions(method.options, given, method.name),
      signal: { directory: "", manifest, ...randomFactors(3, 1) },
      device: oneThread,
    },
    factorOptions.parse({ batchSize: 8, ...more }),
  );
  return { dataset, task, modelOptions, random: random.split("fit") };
}

/** Trains it. @param how options of the training @param listen hears its events */
export async function trainedTiny(
  { dataset, task, modelOptions, random }: Awaited<ReturnType<typeof tinyFactorTask>>,
  how: Given,
  listen?: (event: RunEvent) => void,
) {
  const options = fitOptions.parse(how);
  const more = { model, modelOptions, task, options, random, device: oneThread };
  return drive(learn({ dataset, owned: everybody, ...more }), listen);
}
