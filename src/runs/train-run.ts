/** `train`: a model on its owner's histories alone. */
import { owned } from "../dataset/index.ts";
import type { Run } from "../events.ts";
import { modelNamed } from "../models/index.ts";
import { Random } from "../random.ts";
import {
  bprOptions,
  bprTask,
  fitOptions,
  nextItemOptions,
  nextItemTask,
  partSizesFor,
} from "../train/index.ts";
import { produce, type Produced, type RunInput } from "./produce.ts";
import { resolve } from "./settings.ts";
import type { Kept } from "./trajectory.ts";

export interface TrainRunInput extends RunInput {
  readonly model: string;
  /** The owner's share of the users, and the seed that draws it. */
  readonly users: { readonly share: number; readonly seed: number };
  /** States of the training to keep, as a `trajectory` signal in the bundle. */
  readonly trajectory?: Kept | undefined;
}

/** @throws UserError for an unknown model or setting; see {@link produce} for the rest. */
export async function* trainRun(input: TrainRunInput): Run<Produced> {
  const { dataset, settings } = input;
  const model = modelNamed(input.model);
  const random = new Random(input.seed);
  const users = owned(dataset, input.users.share, input.users.seed);
  const taskSchema = model.kind === "sequence" ? nextItemOptions : bprOptions;
  const schemas = { model: model.options, task: taskSchema, fit: fitOptions };
  const o = resolve(schemas, settings, model.name);
  const sizes = { users: dataset.users.size, items: dataset.items.size };
  const weights = model.parameters(sizes, o.model, random.split("weights"));
  const given = {
    modelOptions: o.model,
    weights,
    train: dataset.train,
    users,
    random: random.split("task"),
    partSizes: partSizesFor(input.device),
  };
  const task =
    model.kind === "sequence"
      ? nextItemTask({ ...given, model }, nextItemOptions.parse(o.task))
      : bprTask({ ...given, model }, bprOptions.parse(o.task));
  const trajectory = input.trajectory && {
    ...input.trajectory,
    k: Math.min(input.trajectory.k, sizes.items),
  };
  return yield* produce(input, {
    model,
    modelOptions: o.model,
    task,
    fit: o.fit,
    owned: users,
    random: random.split("fit"),
    record: {
      command: "train",
      options: { ...o.task, ...o.fit },
      seed: input.seed,
      users: { ...input.users, count: users.length },
      ...(trajectory && { trajectory }),
    },
    trajectory,
  });
}
