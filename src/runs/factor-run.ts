/** `distill` from factors: a student with user vectors, the teacher's vectors and everybody's histories. */
import { owned } from "../dataset/index.ts";
import { complain } from "../errors.ts";
import type { Run } from "../events.ts";
import { factorMethodNamed } from "../methods/index.ts";
import { modelNamed, type UserModel } from "../models/index.ts";
import { Random } from "../random.ts";
import type { FactorSignal } from "../signals/index.ts";
import { factorOptions, factorTask, fitOptions } from "../train/index.ts";
import { produce, type Produced, type RunInput } from "./produce.ts";
import { resolve } from "./settings.ts";

export interface FactorRunInput extends RunInput {
  readonly signal: FactorSignal;
  readonly method: string;
  readonly student: string;
}

/** @throws UserError for an unknown method, student or setting, or a pair that cannot work. */
export async function* factorRun(input: FactorRunInput): Run<Produced> {
  const { dataset, signal, settings, seed, device } = input;
  const method = factorMethodNamed(input.method);
  const model = userModel(input.student, method.name);
  const random = new Random(seed);
  const schemas = { model: model.options, method: method.options, task: factorOptions, fit: fitOptions };
  const o = resolve(schemas, settings, method.name);
  const sizes = { users: dataset.users.size, items: dataset.items.size };
  const weights = model.parameters(sizes, o.model, random.split("weights"));
  const everybody = owned(dataset, 1, 0);
  const task = await factorTask(
    {
      model,
      modelOptions: o.model,
      weights,
      train: dataset.train,
      users: everybody,
      random: random.split("task"),
      method,
      methodOptions: o.method,
      signal,
      device,
    },
    o.task,
  );
  const { teacher, width, hash } = signal.manifest;
  return yield* produce(input, {
    model,
    modelOptions: o.model,
    task,
    fit: o.fit,
    owned: everybody,
    random: random.split("fit"),
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

function userModel(name: string, method: string): UserModel {
  const model = modelNamed(name);
  if (model.kind === "user") return model;
  throw complain("conflict", {
    where: `--student ${name}`,
    expected: `a student with a vector per user, which method "${method}" teaches`,
    got: "a model that reads histories",
    fix: "Choose --student mf or --student lightgcn",
  });
}
