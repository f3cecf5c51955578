/** Training at a size that takes a second: one core, a small model, a dataset in memory. */
import { datasetFromLists, type Dataset } from "../../src/dataset/index.ts";
import { drive, type RunEvent } from "../../src/events.ts";
import { methodNamed } from "../../src/methods/index.ts";
import type { Model, Parameters, SequenceModel, TrainedModel } from "../../src/models/index.ts";
import { parseOptions } from "../../src/options.ts";
import { Random } from "../../src/random.ts";
import type { ListSignal } from "../../src/signals/index.ts";
import {
  bprOptions,
  bprTask,
  distillOptions,
  distillTask,
  edgesOf,
  fitOptions,
  fitted,
  fittedOptions,
  learn,
  nextItemOptions,
  nextItemTask,
  type Learned,
  type LearnInput,
  type PartSizes,
  type Task,
} from "../../src/train/index.ts";
import { oneThread } from "./graph-values.ts";

export interface TinyRun {
  readonly model: Model;
  readonly dataset: Dataset;
  readonly modelOptions?: Record<string, unknown>;
  readonly taskOptions?: Record<string, unknown>;
  readonly fit?: Record<string, unknown>;
  readonly seed?: number;
  readonly users?: Int32Array;
  readonly partSizes?: PartSizes;
  readonly threads?: number;
  readonly checkpoint?: LearnInput["checkpoint"];
  readonly signal?: AbortSignal;
  /** Distils instead of training on histories. */
  readonly teacher?: {
    readonly method: string;
    readonly signal: ListSignal;
    readonly options?: Record<string, unknown>;
  };
  readonly listen?: (event: RunEvent) => void;
}

const everybody = ({ users }: Dataset) => Int32Array.from({ length: users.size }, (_, u) => u);

export function tinyLearn(run: TinyRun): Promise<Learned> {
  const { model, dataset, seed = 1, checkpoint, signal } = run;
  const owned = run.users ?? run.teacher?.signal.owned ?? everybody(dataset);
  const small = knownTo(model, { width: 8, maxLength: 10, dropout: 0, blocks: 1 });
  const modelOptions = model.options.parse({ ...small, ...run.modelOptions });
  const random = new Random(seed);
  const sizes = { users: dataset.users.size, items: dataset.items.size };
  const device = { ...oneThread, threads: run.threads ?? 1 };
  const watched = { dataset, owned, model, modelOptions, device };
  if (model.kind === "fitted") {
    const fit = () => model.fit(edgesOf(dataset.train, owned), sizes, modelOptions);
    return drive(fitted({ ...watched, fit, options: fittedOptions.parse({}) }), run.listen);
  }
  const weights = model.parameters(sizes, modelOptions, random.split("weights"));
  const input: LearnInput = {
    ...watched,
    task: tinyTask({ ...run, model }, modelOptions, weights, owned, random.split("task")),
    options: fitOptions.parse({ epochs: 4, validateEvery: 1, learningRate: 0.01, ...run.fit }),
    random: random.split("fit"),
    checkpoint,
    signal,
  };
  return drive(learn(input), run.listen);
}

/** @returns those of the options that the model has. */
export const knownTo = (model: Model, options: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).filter(([name]) => name in model.options.shape));

export function tinyTask(
  run: TinyRun & { readonly model: TrainedModel },
  modelOptions: Record<string, unknown>,
  weights: Parameters,
  users: Int32Array,
  random: Random,
): Task {
  const { model, teacher, dataset, taskOptions = {}, partSizes } = run;
  const given = { modelOptions, weights, train: dataset.train, users, random, partSizes };
  if (teacher !== undefined) {
    const method = methodNamed(teacher.method);
    const methodOptions = parseOptions(method.options, teacher.options ?? {}, method.name);
    const student = model as SequenceModel;
    const lists = { method, methodOptions, signal: teacher.signal };
    return distillTask(
      { ...given, model: student, ...lists },
      distillOptions.parse({ batchSize: 16, ...taskOptions }),
    );
  }
  return model.kind === "sequence"
    ? nextItemTask({ ...given, model }, nextItemOptions.parse({ batchSize: 16, ...taskOptions }))
    : bprTask({ ...given, model }, bprOptions.parse({ batchSize: 64, ...taskOptions }));
}

/** Users of two kinds: even users meet even items only, odd users odd items, so the right recommendation is known. */
export function checkerboard({ users = 24, items = 16, length = 6 } = {}): Dataset {
  const random = new Random(5);
  const histories = Array.from({ length: users }, (_, u) =>
    Array.from(random.sample(items / 2, length), (i) => 2 * i + (u % 2)),
  );
  return datasetFromLists(histories, { items });
}

/** Histories of very different lengths, one user with a single item among them. */
export function uneven(users = 30, items = 20): Dataset {
  const random = new Random(6);
  const histories = Array.from({ length: users }, (_, u) => random.sample(items, u === 0 ? 1 : 3 + (u % 14)));
  return datasetFromLists(histories, { items });
}
