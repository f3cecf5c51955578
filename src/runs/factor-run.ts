/** `distill` from factors or trajectories: a student, what the teachers said and everybody's histories. */
import { owned } from "../dataset/index.ts";
import { complain } from "../errors.ts";
import type { Run } from "../events.ts";
import { factorMethodNamed, trajectoryMethodNamed } from "../methods/index.ts";
import {
  modelNamed,
  models,
  scoresByTables,
  type Model,
  type SequenceModel,
  type UserModel,
} from "../models/index.ts";
import { Random } from "../random.ts";
import type { FactorSignal, TrajectorySignal } from "../signals/index.ts";
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
  readonly signal: FactorSignal | TrajectorySignal;
  readonly method: string;
  readonly student: string;
}

/** @throws UserError for an unknown method, student or setting. */
export async function* factorRun(input: FactorRunInput): Run<Produced> {
  const { dataset, signal, settings, seed, device } = input;
  const taken =
    "states" in signal
      ? { method: trajectoryMethodNamed(input.method), signal, valid: dataset.valid }
      : { method: factorMethodNamed(input.method), signal };
  const { method } = taken;
  const model = studentNamed(input.student);
  const random = new Random(seed);
  const task = taskOptions(model, method.signal);
  const schemas = { model: model.options, method: method.options, task, fit: fitOptions };
  const o = resolve(schemas, settings, method.name);
  const sizes = { users: dataset.users.size, items: dataset.items.size };
  const everybody = owned(dataset, 1, 0);
  const record = {
    command: "distill",
    method: method.name,
    options: { ...o.method, ...o.task, ...o.fit },
    seed,
    users: { share: 1, seed: 0, count: everybody.length },
    signals: provenance(signal),
  };
  const given = {
    modelOptions: o.model,
    weights: model.parameters(sizes, o.model, random.split("weights")),
    train: dataset.train,
    users: everybody,
    random: random.split("task"),
    partSizes: partSizesFor(device),
    ...taken,
    methodOptions: o.method,
    device,
  };
  const made =
    model.kind === "sequence"
      ? await sequenceFactorTask({ ...given, model }, sequenceFactorOptions.parse(o.task))
      : await factorTask({ ...given, model }, factorOptions.parse(o.task));
  const how = { task: made, options: o.fit, random: random.split("fit") };
  return yield* produce(input, { model, modelOptions: o.model, how, owned: everybody, record });
}

type Student = SequenceModel | UserModel;

const learns = (model: Model): model is Student => model.kind === "sequence" || scoresByTables(model);

function studentNamed(name: string): Student {
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

/** Of a trajectory losses are sums: HetComp's code, whose weights are for sums. */
function taskOptions(model: Student, signal: "factors" | "trajectory") {
  const options = model.kind === "sequence" ? sequenceFactorOptions : factorOptions;
  if (signal === "factors") return options;
  return options.extend({ reduction: options.shape.reduction.default("sum") });
}

/** What a bundle's manifest says of the signal. */
function provenance(signal: FactorSignal | TrajectorySignal): Readonly<Record<string, unknown>> {
  if ("states" in signal) {
    const { hash, k, teachers } = signal.manifest;
    return { hash, k, teachers };
  }
  const { hash, width, teacher } = signal.manifest;
  return { hash, width, teacher };
}
