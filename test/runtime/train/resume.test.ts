/** The same run gives the same weights: again, and interrupted anywhere. */
import { readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { hashWeights } from "../../../src/export/index.ts";
import {
  bert4rec,
  cdae,
  ivae,
  lightgcn,
  mf,
  multvae,
  sasrec,
  type Model,
} from "../../../src/models/index.ts";
import { tinyLearn, uneven, type TinyRun } from "../../contracts/tiny-run.ts";
import { scratch } from "../../unit/scratch.ts";

const folder = await scratch();
const dataset = uneven();
const users = Int32Array.from({ length: 30 }, (_, u) => u);
const whole: TinyRun = {
  model: sasrec,
  dataset,
  users,
  modelOptions: { dropout: 0.3 },
  taskOptions: { batchSize: 8, loss: "gbce", negatives: 2 },
  fit: { epochs: 3, patience: 3, clip: 1, warmup: 3, weightDecay: 0.01 },
};
const runs: Record<string, TinyRun> = {
  "sasrec, dropout, sampled negatives, adam": whole,
  "sasrec, softmax, sgd": {
    ...whole,
    taskOptions: { batchSize: 8 },
    fit: { ...whole.fit, optimiser: "sgd" },
  },
  "bert4rec, gaps": { ...whole, model: bert4rec, taskOptions: { batchSize: 8 } },
  "mf, adamw": {
    model: mf,
    dataset,
    taskOptions: { batchSize: 48 },
    fit: { epochs: 4, patience: 4, optimiser: "adamw" },
  },
  "lightgcn, adam, decay": {
    model: lightgcn,
    dataset,
    taskOptions: { batchSize: 48 },
    fit: { epochs: 4, patience: 4, weightDecay: 0.01 },
  },
  "multvae, noise, dropout, growing beta": { ...autoencoder(multvae, 8), fit: { epochs: 4, patience: 4 } },
  "cdae, drawn negatives, decay": {
    ...autoencoder(cdae, 8),
    fit: { epochs: 4, patience: 4, weightDecay: 0.01 },
  },
  "ivae, tables of the best epoch": { ...autoencoder(ivae, 5), fit: { epochs: 4, patience: 4 } },
};

/** Four steps an epoch. */
function autoencoder(model: Model, batchSize: number): TinyRun {
  const small = model.name === "cdae" ? {} : { hidden: 6, annealing: 20 };
  return { model, dataset, users, modelOptions: { dropout: 0.3, ...small }, taskOptions: { batchSize } };
}

/** Trains until the n-th step is done, then as SIGINT does. */
async function interrupt(run: TinyRun, directory: string, steps: number): Promise<void> {
  const abort = new AbortController();
  let done = 0;
  const stopped = tinyLearn({
    ...run,
    checkpoint: { directory, run: "this", resume: false },
    signal: abort.signal,
    listen: (event) => {
      if (event.type === "progress" && /loss/.test(event.note ?? "") && ++done === steps) abort.abort();
    },
  });
  await expect(stopped).rejects.toMatchObject({ code: "interrupted" });
}

const resume = (run: TinyRun, directory: string, name = "this") =>
  tinyLearn({ ...run, checkpoint: { directory, run: name, resume: true } });

describe.each(Object.entries(runs))("%s", (name, run) => {
  let straight: Awaited<ReturnType<typeof tinyLearn>>;
  beforeAll(async () => (straight = await tinyLearn(run)));

  it("gives the same weights for the same seed, others for another", async () => {
    const [again, other] = [await tinyLearn(run), await tinyLearn({ ...run, seed: 2 })];
    expect(hashWeights(again.weights)).toBe(hashWeights(straight.weights));
    expect(hashWeights(other.weights)).not.toBe(hashWeights(straight.weights));
    expect(again.bestValue).toBe(straight.bestValue);
  });

  it.each([2, 9])("is the same bit for bit when interrupted after %i steps and resumed", async (steps) => {
    const directory = folder.path(`${name}-${steps}`);
    await interrupt(run, directory, steps);
    const resumed = await resume(run, directory);
    expect(hashWeights(resumed.weights)).toBe(hashWeights(straight.weights));
    expect(told(resumed)).toEqual(told(straight));
  });

  it("is the same as some epochs, and the rest another day", async () => {
    const directory = folder.path(`${name}-epochs`);
    const fit = { ...run.fit, epochs: 2 };
    await tinyLearn({ ...run, fit, checkpoint: { directory, run: "this", resume: false } });
    const later = await resume(run, directory);
    expect(hashWeights(later.weights)).toBe(hashWeights(straight.weights));
    expect(told(later)).toEqual(told(straight));
  });
});

/** What a run says of itself, but for the clock. */
const told = ({ bestEpoch, bestValue, epochs, history }: Awaited<ReturnType<typeof tinyLearn>>) => ({
  bestEpoch,
  bestValue,
  epochs,
  history: history.map((event) => ({ ...event, seconds: 0 })),
});

it("may be interrupted again and again", async () => {
  const directory = folder.path("again");
  await interrupt(whole, directory, 3);
  for (let times = 0; times < 2; times++) {
    const abort = new AbortController();
    const listen = (event: { type: string }) => {
      if (event.type === "progress") abort.abort();
    };
    const again = {
      ...whole,
      checkpoint: { directory, run: "this", resume: true },
      signal: abort.signal,
      listen,
    };
    await expect(tinyLearn(again)).rejects.toMatchObject({ code: "interrupted" });
  }
  const [resumed, straight] = [await resume(whole, directory), await tinyLearn(whole)];
  expect(hashWeights(resumed.weights)).toBe(hashWeights(straight.weights));
});

it("a run that is over gives its best weights again when resumed", async () => {
  const directory = folder.path("over");
  const first = await tinyLearn({ ...whole, checkpoint: { directory, run: "this", resume: false } });
  expect(hashWeights((await resume(whole, directory)).weights)).toBe(hashWeights(first.weights));
});

describe("a checkpoint that is not", () => {
  it("there, is said with what to do", async () => {
    await expect(resume(whole, folder.path("nowhere"))).rejects.toMatchObject({
      code: "not-found",
      message: expect.stringMatching(
        /expected the checkpoint of an interrupted run, got no such file\. Start without --resume\.$/,
      ) as string,
    });
  });

  it("of this run, is refused", async () => {
    const directory = folder.path("other");
    await interrupt(whole, directory, 2);
    await expect(resume(whole, directory, "that")).rejects.toMatchObject({ code: "conflict" });
    const wider = { ...whole, modelOptions: { width: 4 } };
    await expect(resume(wider, directory)).rejects.toMatchObject({ code: "conflict" });
  });

  it("whole, is refused at every cut", async () => {
    const directory = folder.path("cut");
    await interrupt(whole, directory, 2);
    const arrays = join(directory, "state.safetensors");
    const size = (await readFile(arrays)).length;
    for (const bytes of [size - 1, size - 400, 100, 4, 0]) {
      await truncate(arrays, bytes);
      await expect(resume(whole, directory), `${bytes} bytes`).rejects.toMatchObject({ name: "UserError" });
    }
    await rm(arrays);
    await expect(resume(whole, directory), "no file").rejects.toMatchObject({ name: "UserError" });
    await truncate(join(directory, "state.json"), 20);
    await expect(resume(whole, directory)).rejects.toThrow("got no JSON. Start without --resume.");
    await writeFile(join(directory, "state.json"), '{"schema":0}');
    await expect(resume(whole, directory)).rejects.toThrow("got one of another version or damaged, at its");
  });
});
