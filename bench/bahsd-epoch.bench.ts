/** Epochs of BAHSD and of the same student without a teacher on MovieLens-1M; without validation. */
import { join } from "node:path";
import {
  datasetFromLists,
  distillOptions,
  distillTask,
  drive,
  methodNamed,
  modelNamed,
  openListSignal,
  probe,
  Random,
  type Dataset,
  type ListSignal,
  type SequenceModel,
  type Task,
  type Teacher,
} from "../src/index.ts";
import type { Bench } from "./bench.ts";
import { dataFile, readHistories, scratch } from "./data.ts";
import { nextEpoch, training } from "./training.ts";

const [maxLength, dropout, answers, k] = [200, 0.2, 25_000, 100];
const model = modelNamed("sasrec") as SequenceModel;

export const bahsdEpoch: Bench = {
  name: "epoch-bahsd",
  what: `BAHSD epoch on ML-1M, all users owned, ${answers.toLocaleString("en")} answers, SASRec D=64 T=${maxLength}`,
  goal: "0.5x, twice an epoch of the student alone",
  warmup: 1,
  repeats: 3,
  peer: null,
  async open() {
    const file = dataFile("ml-1m");
    const dataset = datasetFromLists(readHistories(file), { items: file.items });
    const signal = await probed(dataset);
    const [taught, alone] = ["bahsd", "none"].map((method) =>
      training(taskOf(dataset, signal, method), {}, dropout),
    );
    return {
      run: () => nextEpoch(taught!),
      beside: { name: "the student alone", run: () => nextEpoch(alone!) },
      peer: {},
      note: `${file.note}; of a made teacher: what its lists hold costs nothing else`,
    };
  },
};

/** The answers of a teacher that draws its lists, popular items more often. */
async function probed(dataset: Dataset): Promise<ListSignal> {
  const random = new Random(6);
  const { items } = dataset;
  const list = () => {
    const chosen = new Set<string>();
    while (chosen.size < k) chosen.add(items.id(Math.floor(items.size ** random.uniform())));
    return { ids: [...chosen], scores: null, version: null };
  };
  const teacher: Teacher = {
    ...{ name: "made", endpoint: "", version: "", fingerprint: "" },
    capabilities: {
      ...{ scores: "ids", maxK: k, maxConcurrency: 1, batch: 1000, costPerCall: null },
      ...{ sequenceInput: "inline", filtersSeen: "no" },
    },
    recommend: (histories) => Promise.resolve(histories.map(list)),
    close: () => Promise.resolve(),
  };
  const out = join(scratch, "lists");
  const signal = new AbortController().signal;
  const asked = {
    dataset,
    k,
    share: 1,
    seed: 7,
    budget: answers,
    scales: [0.25, 0.5, 0.75],
    maxLength,
    prefixViews: false,
  };
  await drive(probe({ ...asked, teacher, out, qps: null, concurrency: 1, timeoutMs: 60_000, signal }));
  return openListSignal(out, dataset);
}

function taskOf(dataset: Dataset, signal: ListSignal, name: string): Task {
  const random = new Random(2);
  const modelOptions = model.options.parse({ maxLength, dropout });
  const sizes = { users: dataset.users.size, items: dataset.items.size };
  const method = methodNamed(name);
  return distillTask(
    {
      model,
      modelOptions,
      weights: model.parameters(sizes, modelOptions, random),
      train: dataset.train,
      users: signal.owned,
      random,
      method,
      methodOptions: method.options.parse({}),
      signal,
    },
    distillOptions.parse({}),
  );
}
