/** A batch in parts is the batch: the same loss and gradients, and the same run on any number of threads. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hashWeights } from "../../../src/export/index.ts";
import { bert4rec, gru4rec, sasrec, type TrainedModel } from "../../../src/models/index.ts";
import type { GradientArrays } from "../../../src/optim/index.ts";
import { Random } from "../../../src/random.ts";
import { onePiece, partsOf, Step, type PartSizes } from "../../../src/train/index.ts";
import { oneThread } from "../../contracts/graph-values.ts";
import { rowsOf, signalOf } from "../../contracts/lists-of.ts";
import { tinyLearn, tinyTask, uneven, type TinyRun } from "../../contracts/tiny-run.ts";
import { scratch } from "../../unit/scratch.ts";

const folder = await scratch();
const dataset = uneven();
const users = Int32Array.from({ length: 30 }, (_, u) => u);
const k = 4;
const small: PartSizes = { most: 25, least: 1 };
const draw = new Random(4);
const queries = Array.from(users, (user) => ({
  user,
  end: dataset.train.offsets[user + 1]! - dataset.train.offsets[user]!,
  list: Array.from(draw.sample(20, k)),
})).filter(({ user, end }) => end > 0 && user % 3 > 0); // every third user has labels only
const signal = await signalOf(folder.path("signal"), dataset, rowsOf(queries), k);

const losses = ["ce", "sampled", "bce", "gbce"];
const base: TinyRun & { model: TrainedModel } = {
  model: sasrec,
  dataset,
  users,
  taskOptions: { batchSize: 30 },
};
const runs: Record<string, TinyRun & { model: TrainedModel }> = {
  ...Object.fromEntries(
    losses.map((loss) => [loss, { ...base, taskOptions: { batchSize: 30, loss, negatives: 5 } }]),
  ),
  "uniform-kl": { ...base, teacher: { method: "uniform-kl", signal } },
  bahsd: { ...base, teacher: { method: "bahsd", signal } },
  gru4rec: { ...base, model: gru4rec },
  gaps: { ...base, model: bert4rec },
  "uniform-kl of gaps": { ...base, model: bert4rec, teacher: { method: "uniform-kl", signal } },
};

/** The first batch's loss and whole gradients. */
async function first(run: TinyRun & { readonly model: TrainedModel }) {
  const { model } = run;
  const options = model.options.parse({ width: 8, maxLength: 10, dropout: 0 });
  const weights = model.parameters({ users: 30, items: 20 }, options, new Random(1));
  const task = tinyTask(run, options, weights, users, new Random(2));
  const step = await Step.compile(task, oneThread);
  const parts = partsOf(task.epoch(0).batch(0));
  const { loss, gradients } = await step.run(parts);
  const whole = Object.entries(gradients).map(([name, found]) => {
    return [name, wholeOf(found, weights[name]!.shape[0]!, weights[name]!.data.length)] as const;
  });
  return { parts: parts.length, loss, whole: Object.fromEntries(whole) };
}

function wholeOf({ dense, rows }: GradientArrays, count: number, size: number): Float64Array {
  const whole = Float64Array.from(dense ?? new Float32Array(size));
  const width = size / count;
  for (const { indices, values } of rows)
    values.forEach((x, i) => (whole[indices[Math.floor(i / width)]! * width + (i % width)]! += x));
  return whole;
}

describe.each(Object.entries(runs))("%s", (_name, run) => {
  it("gives the batch's loss and gradients", async () => {
    const [together, apart] = [
      await first({ ...run, partSizes: onePiece }),
      await first({ ...run, partSizes: small }),
    ];
    expect(together.parts).toBe(1);
    expect(apart.parts).toBeGreaterThan(4);
    expect(Math.abs(apart.loss - together.loss)).toBeLessThan(1e-6 * Math.abs(together.loss));
    const most = (x: Float64Array) => x.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    const noise = 1e-4 * Math.max(...Object.values(together.whole).map(most)); // a key's bias has no gradient
    for (const [name, expected] of Object.entries(together.whole)) {
      const bound = Math.max(1e-5 * most(expected), 1e-2 * noise);
      apart.whole[name]!.forEach((x, i) => expect(Math.abs(x - expected[i]!), name).toBeLessThan(bound));
    }
  });

  it("gives the same weights on one thread and on three", async () => {
    const hashes = [];
    for (const threads of [1, 3]) {
      const { weights } = await tinyLearn({
        ...run,
        partSizes: small,
        threads,
        modelOptions: { dropout: 0.2 },
      });
      hashes.push(hashWeights(weights));
    }
    expect(new Set(hashes).size).toBe(1);
  });
});

it("is the same bit for bit when interrupted and resumed with other threads", async () => {
  const run: TinyRun = { ...runs["gbce"]!, partSizes: small, modelOptions: { dropout: 0.3 } };
  const straight = await tinyLearn({ ...run, threads: 2 });
  const checkpoint = { directory: join(folder.path("interrupted")), run: "this", resume: false };
  const abort = new AbortController();
  const stopped = tinyLearn({
    ...run,
    threads: 2,
    checkpoint,
    signal: abort.signal,
    listen: ({ type }) => {
      if (type === "progress") abort.abort();
    },
  });
  await expect(stopped).rejects.toMatchObject({ code: "interrupted" });
  const resumed = await tinyLearn({ ...run, threads: 3, checkpoint: { ...checkpoint, resume: true } });
  expect(hashWeights(resumed.weights)).toBe(hashWeights(straight.weights));
});
