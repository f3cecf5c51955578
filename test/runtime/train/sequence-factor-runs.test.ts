/** Whole runs of a student that reads histories and learns from factors. */
import { describe, expect, it } from "vitest";
import { datasetFromLists, makeShop, type Dataset } from "../../../src/dataset/index.ts";
import { drive, type RunEvent } from "../../../src/events.ts";
import { hashWeights } from "../../../src/export/index.ts";
import { factorMethods } from "../../../src/methods/index.ts";
import { sasrec, type SequenceModel } from "../../../src/models/index.ts";
import { parseOptions } from "../../../src/options.ts";
import { Random } from "../../../src/random.ts";
import type { Factors, FactorSignal } from "../../../src/signals/index.ts";
import { historyVectors } from "../../../src/train/model-vectors.ts";
import {
  fitOptions,
  learn,
  sequenceFactorOptions,
  sequenceFactorTask,
  type Learned,
  type LearnInput,
} from "../../../src/train/index.ts";
import { oneThread } from "../../contracts/graph-values.ts";
import { signal as small } from "../../contracts/sequence-factor-world.ts";
import { tinyLearn, uneven } from "../../contracts/tiny-run.ts";
import { scratch } from "../../unit/scratch.ts";

const folder = await scratch();
const model: SequenceModel = sasrec;

interface TaughtRun {
  readonly dataset: Dataset;
  readonly teacher: Factors;
  readonly method: readonly [name: string, options: Record<string, unknown>];
  readonly modelOptions?: Record<string, unknown>;
  readonly fit?: Record<string, unknown>;
  readonly batchSize?: number;
  readonly threads?: number;
  readonly checkpoint?: LearnInput["checkpoint"];
  readonly signal?: AbortSignal;
  readonly listen?: (event: RunEvent) => void;
}

async function taughtLearn(run: TaughtRun): Promise<Learned> {
  const { dataset, teacher, method: [name, given], checkpoint, signal } = run; // prettier-ignore
  const device = { ...oneThread, threads: run.threads ?? 1 };
  const modelOptions = model.options.parse({ width: 8, blocks: 1, maxLength: 10, ...run.modelOptions });
  const random = new Random(1);
  const sizes = { users: dataset.users.size, items: dataset.items.size };
  const owned = Int32Array.from({ length: sizes.users }, (_, u) => u);
  const method = factorMethods[name]!;
  const manifest = { ...small.manifest, width: teacher.users.width };
  const taught: FactorSignal = { directory: "", manifest, ...teacher };
  const task = await sequenceFactorTask(
    {
      model,
      modelOptions,
      weights: model.parameters(sizes, modelOptions, random.split("weights")),
      train: dataset.train,
      users: owned,
      random: random.split("task"),
      method,
      methodOptions: parseOptions(method.options, given, name),
      signal: taught,
      device,
    },
    sequenceFactorOptions.parse({ batchSize: run.batchSize ?? 16 }),
  );
  const options = fitOptions.parse({ epochs: 3, validateEvery: 1, learningRate: 0.01, ...run.fit });
  const fit = { options, random: random.split("fit"), checkpoint, signal, device };
  return drive(learn({ dataset, owned, model, modelOptions, task, ...fit }), run.listen);
}

const dataset = uneven();
const random = new Random(2);
const vectors = (n: number) => ({
  width: 6,
  data: Float32Array.from({ length: n * 6 }, () => random.normal()),
});
const teacher = { users: vectors(dataset.users.size), items: vectors(dataset.items.size) };

describe.each([
  ["rce-kd", { k: 4, drawn: 3, pool: 8, weight: 1 }, 4],
  ["ce", { guide: "teacher", k: 4 }, 5], // prepares nothing: stops in the middle of an epoch
  ["de", { experts: 2, annealing: 1 }, 4], // weights of its own
] as const)("%s", (...[name, options, steps]) => {
  const run: TaughtRun = { dataset, teacher, method: [name, options], modelOptions: { dropout: 0.3 } };

  it("is the same on any number of threads, and interrupted and resumed", async () => {
    const straight = await taughtLearn(run);
    expect(Object.keys(straight.weights)).not.toContain("method.users.w1");
    const directory = folder.path(name);
    const abort = new AbortController();
    let done = 0;
    const stopped = taughtLearn({
      ...run,
      checkpoint: { directory, run: "this", resume: false },
      signal: abort.signal,
      listen: (event) => {
        if (event.type === "progress" && /loss/.test(event.note ?? "") && ++done === steps - 1) abort.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: "interrupted" });
    const resumed = await taughtLearn({
      ...run,
      threads: 2,
      checkpoint: { directory, run: "this", resume: true },
    });
    expect(hashWeights(resumed.weights)).toBe(hashWeights(straight.weights));
    expect(resumed.bestValue).toBe(straight.bestValue);
  });
});

it("a small student taught by RCE-KD ranks a made-up shop better than it does alone", async () => {
  const items = 80;
  const { histories } = makeShop({ users: 250, items, seed: 2 });
  const shop = datasetFromLists(histories, { items });
  const fit = { epochs: 32, validateEvery: 4 };
  const taskOptions = { batchSize: 50 };
  const wide = { width: 32, blocks: 2, dropout: 0.2 };
  const large = await tinyLearn({
    model,
    dataset: shop,
    modelOptions: wide,
    taskOptions,
    fit: { ...fit, learningRate: 0.003 },
  });
  const scoring = {
    model,
    options: model.options.parse({ ...wide, maxLength: 10 }),
    device: oneThread,
  };
  const made = await historyVectors({ ...scoring, weights: large.weights }, shop.train);
  const narrow = { width: 4, dropout: 0 };
  const alone = await tinyLearn({ model, dataset: shop, modelOptions: narrow, taskOptions, fit });
  const taught = await taughtLearn({
    dataset: shop,
    teacher: await made(),
    method: ["rce-kd", { k: 20, drawn: 20, pool: 50, weight: 1 }],
    modelOptions: narrow,
    batchSize: 50,
    fit,
  });
  expect(taught.bestValue).toBeGreaterThan(1.05 * alone.bestValue);
  expect(large.bestValue).toBeGreaterThan(taught.bestValue);
});
