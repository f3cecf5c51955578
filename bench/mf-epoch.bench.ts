/** Epochs of matrix factorisation at the size of CiteULike, validation by full ranking included; the peer gathers rows. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  bprOptions,
  bprTask,
  datasetFromLists,
  factorMethodNamed,
  factorOptions,
  factorTask,
  fitOptions,
  learn,
  modelNamed,
  Random,
  type Dataset,
  type Learned,
  type Run,
  type Task,
  type UserModel,
} from "../src/index.ts";
import type { Bench } from "./bench.ts";
import { scratch } from "./data.ts";

export const [users, items] = [5219, 25181];
const mean = 24;
const batchSize = 2048;
const teacherWidth = 400;
const model = modelNamed("mf") as UserModel;

interface Work {
  readonly name: string;
  readonly what: string;
  readonly goal: string;
  /** What the goal is against: the authors' code takes so long on PyTorch 1.13. */
  readonly authors: string;
  readonly width: number;
  readonly taught: boolean;
}

const works: readonly Work[] = [
  {
    name: "epoch-mf-20",
    what: "MF epoch, BPR, D=20",
    goal: "0.35 s",
    authors: "10x, 3.1 to 3.9 s",
    width: 20,
    taught: false,
  },
  {
    name: "epoch-mf-400",
    what: "MF epoch, BPR, D=400",
    goal: "2.4 s",
    authors: "5x, 11 to 14 s",
    width: teacherWidth,
    taught: false,
  },
  {
    name: "epoch-rce-kd",
    what: "RCE-KD epoch, MF D=400 to MF D=20",
    goal: "1 s",
    authors: "30x, 29 to 32 s",
    width: 20,
    taught: true,
  },
];

export const mfEpochs: readonly Bench[] = works.map(({ name, what, goal, authors, width, taught }) => ({
  name,
  what: `${what}, ${users} users x ${items} items`,
  goal,
  warmup: 1,
  repeats: 3,
  peer: "mf",
  async open() {
    const { dataset, file } = citeulikeSized();
    const task = await taskOf(dataset, width, taught);
    const training = learn({
      dataset,
      owned: Int32Array.from({ length: users }, (_, u) => u),
      model,
      modelOptions: model.options.parse({ width, deviation: 0.01 }),
      task,
      options: fitOptions.parse({
        epochs: 1000,
        patience: 1000,
        validateEvery: 1,
        beta2: 0.999,
        weightDecay: 1e-3,
        untouched: "move",
      }),
      random: new Random(1),
    });
    return {
      run: () => nextEpoch(training),
      peer: { file, users, items, width, batch: batchSize, teacher: taught ? teacherWidth : 0 },
      note:
        "made data of the size of CiteULike; validation of the whole catalogue and the method's ranking included; " +
        `the goal is the authors' code on PyTorch 1.13 (${authors}), of which the peer is a leaner rewriting`,
    };
  },
}));

/** @param split shares of a user's items to train on and to validate by */
export function citeulikeSized(split = { train: 0.8, valid: 0.1 }): { dataset: Dataset; file: string } {
  const random = new Random(4);
  const histories = Array.from({ length: users }, () => {
    const length = Math.min(2000, 5 + Math.floor((mean - 5) * -Math.log(1 - random.uniform())));
    const seen = new Set<number>();
    while (seen.size < length) seen.add(Math.floor(items ** random.uniform())); // Zipf with exponent 1
    return [...seen];
  });
  const file = join(scratch, "citeulike-size.txt");
  writeFileSync(file, histories.map((h) => h.join(" ")).join("\n"));
  return { dataset: datasetFromLists(histories, { items, split: { kind: "ratio", ...split } }), file };
}

async function taskOf(dataset: Dataset, width: number, taught: boolean): Promise<Task> {
  const random = new Random(2);
  const modelOptions = model.options.parse({ width, deviation: 0.01 });
  const given = {
    model,
    modelOptions,
    weights: model.parameters({ users, items }, modelOptions, random),
    train: dataset.train,
    users: Int32Array.from({ length: users }, (_, u) => u),
    random,
  };
  if (!taught) return bprTask(given, bprOptions.parse({ batchSize, reduction: "sum" }));
  const vectors = (rows: number) => ({
    width: teacherWidth,
    data: Float32Array.from({ length: rows * teacherWidth }, () => 0.3 * random.normal()),
  });
  const manifest = {
    schema: 1,
    kind: "factors",
    dataset: "",
    teacher: { name: "", source: "", version: "" },
    width: teacherWidth,
    hash: "",
  } as const;
  const signal = { directory: "", manifest, users: vectors(users), items: vectors(items) };
  const method = factorMethodNamed("rce-kd");
  const methodOptions = method.options.parse({});
  const task = { ...given, method, methodOptions, signal };
  return await factorTask(task, factorOptions.parse({ batchSize, reduction: "sum" }));
}

/** @returns the milliseconds of the next epoch with its validation. */
async function nextEpoch(training: Run<Learned>): Promise<number> {
  let seconds = 0;
  for (;;) {
    const { done, value } = await training.next();
    if (done === true) throw new Error("internal: the training ended before the benchmark did");
    if (value.type === "epoch" || value.type === "validation") seconds += value.seconds;
    if (value.type === "validation") return seconds * 1000;
  }
}
