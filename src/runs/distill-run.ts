/** `distill`: a student from a teacher's signals and the owner's histories. */
import { complain } from "../errors.ts";
import type { Run } from "../events.ts";
import { methodNamed } from "../methods/index.ts";
import { modelNamed, models, type SequenceModel } from "../models/index.ts";
import { Random } from "../random.ts";
import type { ListSignal } from "../signals/index.ts";
import { distillOptions, distillTask, fitOptions, partSizesFor } from "../train/index.ts";
import { produce, type Produced, type RunInput } from "./produce.ts";
import { reliabilityOf } from "./reliability.ts";
import { resolve } from "./settings.ts";

export interface DistillRunInput extends RunInput {
  readonly signal: ListSignal;
  readonly method: string;
  readonly student: string;
}

/** @throws UserError for an unknown method, student or setting, or a pair that cannot work. */
export async function* distillRun(input: DistillRunInput): Run<Produced> {
  const { dataset, signal: lists, settings } = input;
  const method = methodNamed(input.method);
  const model = sequenceModel(input.student, method.name);
  const random = new Random(input.seed);
  const schemas = { model: model.options, method: method.options, task: distillOptions, fit: fitOptions };
  const o = resolve(schemas, settings, method.name);
  const message = method.notice?.(lists, o.method);
  if (message) yield { type: "notice", message };
  const sizes = { users: dataset.users.size, items: dataset.items.size };
  const weights = model.parameters(sizes, o.model, random.split("weights"));
  const task = distillTask(
    {
      model,
      modelOptions: o.model,
      weights,
      train: dataset.train,
      users: lists.owned,
      random: random.split("task"),
      partSizes: partSizesFor(input.device),
      method,
      methodOptions: o.method,
      signal: lists,
    },
    o.task,
  );
  const reliability = reliabilityOf(lists, dataset, random.split("reliability"));
  const { users, counts, teacher, k, hash, queries, views } = lists.manifest;
  return yield* produce(input, {
    model,
    modelOptions: o.model,
    how: { task, options: o.fit, random: random.split("fit") },
    owned: lists.owned,
    record: {
      command: "distill",
      method: method.name,
      options: { ...o.method, ...o.task, ...o.fit },
      seed: input.seed,
      users,
      signals: { hash, k, teacher, counts, ...(queries && { queries }), ...(views && { views }) },
    },
    ...(reliability && { extra: { "reliability.json": JSON.stringify(reliability) } }),
  });
}

const sequenceModels = Object.keys(models).filter((name) => models[name]!.kind === "sequence");

function sequenceModel(name: string, method: string): SequenceModel {
  const model = modelNamed(name);
  if (model.kind === "sequence") return model;
  throw complain("conflict", {
    where: `--student ${name}`,
    expected: `a student that reads histories, which method "${method}" teaches`,
    got: "another model",
    fix: `Choose --student ${sequenceModels.join(", ")}`,
  });
}
