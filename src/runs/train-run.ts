/** `train`: a model on its owner's histories alone. */
import { owned } from "../dataset/index.ts";
import { complain } from "../errors.ts";
import type { Run } from "../events.ts";
import { modelNamed, type FittedModel, type TrainedModel } from "../models/index.ts";
import { Random } from "../random.ts";
import {
  bprOptions,
  bprTask,
  edgesOf,
  fitOptions,
  fittedOptions,
  nextItemOptions,
  nextItemTask,
  partSizesFor,
} from "../train/index.ts";
import { produce, type Produced, type RunInput, type Work } from "./produce.ts";
import { resolve } from "./settings.ts";
import type { Kept } from "./trajectory.ts";

export interface TrainRunInput extends RunInput {
  readonly model: string;
  /** The owner's share of the users, and the seed that draws it. */
  readonly users: { readonly share: number; readonly seed: number };
  /** States of the training to keep, as a `trajectory` signal in the bundle. */
  readonly trajectory?: Kept | undefined;
}

type Plan = Pick<Work, "modelOptions" | "how"> & { readonly options: Readonly<Record<string, unknown>> };

/** @throws UserError for an unknown model or setting; see {@link produce} for the rest. */
export async function* trainRun(input: TrainRunInput): Run<Produced> {
  const { dataset, seed } = input;
  const model = modelNamed(input.model);
  const users = owned(dataset, input.users.share, input.users.seed);
  const { options, ...plan } =
    model.kind === "fitted" ? planToFit(input, model, users) : planToTrain(input, model, users);
  const count = users.length;
  const trajectory = input.trajectory && {
    ...input.trajectory,
    k: Math.min(input.trajectory.k, dataset.items.size),
  };
  const kept = trajectory && { trajectory };
  const record = { command: "train", options, seed, users: { ...input.users, count }, ...kept };
  return yield* produce(input, { model, ...plan, owned: users, record, ...kept });
}

function planToFit(input: TrainRunInput, model: FittedModel, users: Int32Array): Plan {
  const { dataset, settings } = input;
  if (input.resume) throw nothingToResume(model.name);
  const o = resolve({ model: model.options, fit: fittedOptions }, settings, model.name);
  const sizes = { users: dataset.users.size, items: dataset.items.size };
  const fit = () => model.fit(edgesOf(dataset.train, users), sizes, o.model);
  return { modelOptions: o.model, how: { fit, options: o.fit }, options: o.fit };
}

function planToTrain(input: TrainRunInput, model: TrainedModel, users: Int32Array): Plan {
  const { dataset } = input;
  const random = new Random(input.seed);
  const taskSchema = model.kind === "sequence" ? nextItemOptions : bprOptions;
  const schemas = { model: model.options, task: taskSchema, fit: fitOptions };
  const o = resolve(schemas, input.settings, model.name);
  const sizes = { users: dataset.users.size, items: dataset.items.size };
  const given = {
    modelOptions: o.model,
    weights: model.parameters(sizes, o.model, random.split("weights")),
    train: dataset.train,
    users,
    random: random.split("task"),
    partSizes: partSizesFor(input.device),
  };
  const task =
    model.kind === "sequence"
      ? nextItemTask({ ...given, model }, nextItemOptions.parse(o.task))
      : bprTask({ ...given, model }, bprOptions.parse(o.task));
  const how = { task, options: o.fit, random: random.split("fit") };
  return { modelOptions: o.model, how, options: { ...o.task, ...o.fit } };
}

const nothingToResume = (model: string) =>
  complain("usage", {
    where: "--resume",
    expected: "a model that is trained in steps",
    got: `${model}, which is fitted in one pass`,
    fix: "Leave --resume out",
  });
