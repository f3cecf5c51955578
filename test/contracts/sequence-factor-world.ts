/** Students that read histories, taught by factors on the histories of factor-world.ts, in float64. */
import { gather, input, interpret, type Feed } from "../../src/graph/index.ts";
import { factorMethods } from "../../src/methods/index.ts";
import {
  bert4rec,
  gru4rec,
  gap,
  hstu,
  leavesOf,
  padHistories,
  sasrec,
  type Parameters,
  type SequenceModel,
} from "../../src/models/index.ts";
import { parseOptions } from "../../src/options.ts";
import { Random } from "../../src/random.ts";
import type { FactorSignal } from "../../src/signals/index.ts";
import {
  partsOf,
  sequenceFactorOptions,
  sequenceFactorTask,
  type Feeds,
  type PartSizes,
  type SequenceFactorTaskInput,
  type Task,
} from "../../src/train/index.ts";
import { histories, items, randomFactors, train, users } from "./factor-world.ts";
import { oneThread, value, type Values } from "./graph-values.ts";

/** Users 3 and 4 have more than it reads, user 0 as much, user 1 less. */
export const maxLength = 4;
export const width = 3;

const hstuOptions = { heads: 1, keyWidth: 2, valueWidth: 2, cosineTemperature: 0.1 };
export const students: Readonly<Record<string, readonly [SequenceModel, Record<string, unknown>]>> = {
  sasrec: [sasrec, {}],
  hstu: [hstu, hstuOptions],
  bert4rec: [bert4rec, { heads: 1 }],
  gru4rec: [gru4rec, { hidden: 4 }],
};

export const signal: FactorSignal = {
  directory: "",
  manifest: {
    schema: 1,
    kind: "factors",
    dataset: "",
    teacher: { name: "", source: "", version: "" },
    width: 5,
    hash: "",
  },
  ...randomFactors(5, 1),
};

/** The weights of a student, far enough from 0 for mistakes to show. */
export function studentWith(
  name: string,
): Pick<SequenceFactorTaskInput, "model" | "modelOptions" | "weights"> {
  const [model, own] = students[name]!;
  const blocks = "blocks" in model.options.shape ? { blocks: 1 } : {};
  const modelOptions = model.options.parse({ width, maxLength, dropout: 0, ...blocks, ...own });
  const random = new Random(3);
  const drawn = model.parameters({ users, items }, modelOptions, random.split("weights"));
  const weights = Object.entries(drawn).map(([weight, { shape, data }]) => {
    return [weight, { shape, data: data.map((x) => x + 0.5 * random.normal()) }] as const;
  });
  return { model, modelOptions, weights: Object.fromEntries(weights) };
}

export interface Taught {
  readonly given: SequenceFactorTaskInput;
  readonly task: Task;
  readonly parts: readonly Feeds[];
}

/** A task, and the parts of its first batch: everybody who has a history. */
export async function taught(
  student: string,
  method: string,
  methodOptions: Record<string, unknown>,
  options: Record<string, unknown> = {},
  partSizes: PartSizes = { most: 8, least: 1 },
): Promise<Taught> {
  const chosen = factorMethods[method]!;
  const given: SequenceFactorTaskInput = {
    ...studentWith(student),
    train,
    users: Int32Array.from({ length: users }, (_, u) => u),
    random: new Random(4),
    method: chosen,
    methodOptions: parseOptions(chosen.options, methodOptions, method),
    signal,
    device: oneThread,
    partSizes,
  };
  const task = await sequenceFactorTask(given, sequenceFactorOptions.parse(options));
  await task.prepare?.(0);
  return { given, task, parts: partsOf(task.epoch(0).batch(0)) };
}

export const asValues = (feeds: Readonly<Record<string, Feed>>): Values =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, { data, shape }]) => [name, value(Array.from(data, Number), shape)]),
  );

export const weightsOf = (weights: Parameters): Values => asValues(weights);

/** The vectors that the model's export scores with: of every user [U, D], and of every item [I, D]. */
export function exportedVectors({ model, modelOptions, weights }: SequenceFactorTaskInput): Values {
  const { data, width: longest } = padHistories(
    histories.map((h) => Int32Array.from(h)),
    maxLength,
  );
  const [history, user] = [input("history", ["B", "T"], "int32"), input("user", ["B"], "int32")];
  const made = model.vectors(leavesOf(weights), modelOptions, history, user);
  const every = input("every", [items], "int32"); // the item table of a model may be a weight as it is
  const [u, i] = interpret([made.users, gather(made.items, every)], {
    ...weightsOf(weights),
    history: value(Array.from(data), [users, longest]),
    user: value(Array<number>(users).fill(-1)),
    every: value(Array.from({ length: items }, (_, item) => item)),
  });
  return { users: u!, items: i! };
}

/** Whose history ends at each row of kd.rows. @throws where that is no history as far as the model reads it. */
export function usersOf(part: Feeds): number[] {
  const width = part["tokens.items"]!.shape[1]!;
  const at = (name: string) => part[name]!.data as Int32Array;
  return Array.from(at("kd.rows"), (end) => {
    const start = end - (end % width) + at("tokens.first")[end]!;
    const tokens = Array.from(at("tokens.items").subarray(start, end + 1));
    const read = tokens.at(-1) === gap ? tokens.slice(0, -1) : tokens;
    const user = histories.findIndex((h) => h.length > 0 && h.slice(-maxLength).join() === read.join());
    if (user < 0 || at("tokens.positions")[end] !== tokens.length - 1)
      throw new Error(`no history: ${read.join()}`);
    return user;
  });
}
