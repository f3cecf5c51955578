/** `distill` from factors: a student, the teacher's vectors and everybody's histories. */
import { owned } from "../dataset/index.ts";
import { complain } from "../errors.ts";
import type { Run } from "../events.ts";
import { factorMethodNamed } from "../methods/index.ts";
import { modelNamed, models, scoresByTables, type Model, type TrainedModel } from "../models/index.ts";
import { Random } from "../random.ts";
import type { FactorSignal } from "../signals/index.ts";
import {
  factorOptions,
  factorTask,
  fitOptions,
  partSizesFor,
  sequenceFactorOptions,
  sequenceFactorTask,
} from "../train/index.ts";
import { produce, type Produced, type RunInput } from "./produce.ts";
import { resolve } from "./settings.ts";

export interface FactorRunInput extends RunInput {
  readonly signal: FactorSignal;
  readonly method: string;
  readonly student: string;
}

/** @throws UserError for an unknown method, student or setting. */
export async function* factorRun(input: FactorRunInput): Run<Produced> {
  const { dataset, signal, settings, seed, device } = input;
  const method = factorMethodNamed(input.method);
  const model = studentNamed(input.student);
  const random = new Random(seed);
  const taskSchema = model.kind === "sequence" ? sequenceFactorOptions : factorOptions;
  const schemas = { model: model.options, method: method.options, task: taskSchema, fit: fitOptions };
  const o = resolve(schemas, settings, method.name);
  const sizes = { users: dataset.users.size, items: dataset.items.size };
  const everybody = owned(dataset, 1, 0);
  const given = {
    modelOptions: o.model,
    weights: model.parameters(sizes, o.model, random.split("weights")),
    train: dataset.train,
    users: everybody,
    random: random.split("task"),
    partSizes: partSizesFor(device),
    method,
    methodOptions: o.method,
    signal,
    device,
  };
  const task =
    model.kind === "sequence"
      ? await sequenceFactorTask({ ...given, model }, sequenceFactorOptions.parse(o.task))
      : await factorTask({ ...given, model }, factorOptions.parse(o.task));
  const { teacher, width, hash } = signal.manifest;
  return yield* produce(input, {
    model,
    modelOptions: o.model,
    how: { task, options: o.fit, random: random.split("fit") },
    owned: everybody,
    record: {
      command: "distill",
      method: method.name,
      options: { ...o.method, ...o.task, ...o.fit },
      seed,
      users: { share: 1, seed: 0, count: everybody.length },
      signals: { hash, width, teacher },
    },
  });
}

const learns = (model: Model): model is TrainedModel => model.kind === "sequence" || scoresByTables(model);

function studentNamed(name: string): TrainedModel {
  const model = modelNamed(name);
  if (learns(model)) return model;
  const students = Object.keys(models).filter((other) => learns(models[other]!));
  throw complain("conflict", {
    where: `--student ${name}`,
    expected: "a student that is trained on dot products of its vectors",
    got: "another model",
    fix: `Choose --student ${students.join(", ")}`,
  });
}
