import { describe, expect, it } from "vitest";
import { datasetFromLists, fromLists, type Dataset, type SplitRule } from "../../../src/dataset/index.ts";
import type { RunEvent } from "../../../src/events.ts";
import { cdae, ivae, lightgcn, mf, multvae, sasrec, type Model } from "../../../src/models/index.ts";
import { Random } from "../../../src/random.ts";
import { checkerboard, tinyLearn, uneven } from "../../contracts/tiny-run.ts";

const model = sasrec as Model;

describe("the loop", () => {
  it("says every epoch and validation, and the loss goes down", async () => {
    const heard: RunEvent[] = [];
    const run = {
      model,
      dataset: checkerboard(),
      fit: { epochs: 6 },
      listen: (event: RunEvent) => void heard.push(event),
    };
    const { history } = await tinyLearn(run);
    const epochs = heard.flatMap((event) => (event.type === "epoch" ? [event] : []));
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(epochs.at(-1)!.loss).toBeLessThan(0.9 * epochs[0]!.loss);
    expect(history).toEqual(heard.filter(({ type }) => type === "epoch" || type === "validation"));
  });

  it("stops after `patience` validations without a better one and gives the best weights back", async () => {
    const dataset = checkerboard();
    const run = { model, dataset, fit: { epochs: 60, patience: 3, learningRate: 0.05 } };
    const { bestEpoch, epochs, bestValue, history } = await tinyLearn(run);
    expect(epochs).toBe(bestEpoch + 3);
    expect(epochs).toBeLessThan(60);
    const values = history.flatMap((event) => (event.type === "validation" ? [event.value] : []));
    expect(bestValue).toBe(Math.max(...values));
    const again = await tinyLearn({ ...run, fit: { ...run.fit, epochs: bestEpoch } });
    expect(again.weights).toEqual((await tinyLearn(run)).weights);
  });

  it("validates every so many epochs, and after the last one", async () => {
    const { history } = await tinyLearn({
      model,
      dataset: checkerboard(),
      fit: { epochs: 5, validateEvery: 2 },
    });
    const at = history.flatMap((event) => (event.type === "validation" ? [event.epoch] : []));
    expect(at).toEqual([2, 4, 5]);
  });

  it("says so when the loss is no longer a number", async () => {
    const run = { model, dataset: checkerboard(), fit: { optimiser: "sgd", learningRate: 1e30 } };
    await expect(tinyLearn(run)).rejects.toMatchObject({
      code: "input",
      message: expect.stringMatching(
        /^training, epoch \d+: expected a finite loss, got NaN\. Lower learningRate, or the weight .*, or set clip\.$/,
      ) as string,
    });
  });
});

const losses = ["ce", "sampled", "bce", "gbce"];
it.each(losses)("loss %s learns", async (loss) => {
  const run = {
    model,
    dataset: checkerboard(),
    taskOptions: { loss, negatives: 4 },
    fit: { epochs: 12, patience: 12 },
  };
  const { history } = await tinyLearn(run);
  const found = history.flatMap((event) => (event.type === "epoch" ? [event.loss] : []));
  expect(found.at(-1)!).toBeLessThan(0.95 * found[0]!);
});

describe("datasets", () => {
  it("users with one item or none are left out, not tripped over", async () => {
    const dataset = uneven();
    const { weights } = await tinyLearn({ model, dataset });
    for (const { data } of Object.values(weights)) expect(data.every(Number.isFinite)).toBe(true);
  });

  it.each([sasrec, mf, lightgcn, multvae, cdae, ivae] as Model[])(
    "$name: nobody to learn from is a user's error",
    async (each) => {
      const made = datasetFromLists([
        [0, 1, 2],
        [2, 1, 0],
      ]); // one item each in train
      const train = each.kind === "sequence" ? made.train : fromLists([[], []]);
      await expect(tinyLearn({ model: each, dataset: { ...made, train } })).rejects.toMatchObject({
        code: "input",
        message: expect.stringContaining("to learn from") as string,
      });
    },
  );

  it("nobody with a validation item is a user's error, before anything is learned", async () => {
    const dataset = datasetFromLists([[0, 1], [1, 2], [2, 0]]); // prettier-ignore
    const heard: string[] = [];
    const run = tinyLearn({ model, dataset, listen: ({ type }) => void heard.push(type) });
    await expect(run).rejects.toMatchObject({
      code: "input",
      message: expect.stringContaining("at least one owned user with a validation item") as string,
    });
    expect(heard).not.toContain("epoch");
  });

  const splits: Record<string, SplitRule> = {
    "ratio, stored order": { kind: "ratio", train: 0.6, valid: 0.2, order: "stored", seed: 1 },
    "ratio, random order": { kind: "ratio", train: 0.6, valid: 0.2, order: "random", seed: 1 },
    temporal: { kind: "temporal", valid: 0.2, test: 0.2 },
  };
  it.each(Object.entries(splits))("split %s trains every model", async (_name, split) => {
    const dataset = splitAs(split);
    for (const each of [sasrec, mf, lightgcn, multvae, cdae, ivae] as Model[]) {
      const { bestValue } = await tinyLearn({ model: each, dataset, fit: { epochs: 2 } });
      expect(bestValue).toBeGreaterThan(0);
    }
  });
});

/** Three parts by ratio, labelled as that split: only the label decides how training watches it. */
function splitAs(split: SplitRule): Dataset {
  const random = new Random(2);
  const histories = Array.from({ length: 20 }, () => random.sample(12, 8));
  const dataset = datasetFromLists(histories, {
    items: 12,
    split: { kind: "ratio", train: 0.6, valid: 0.2 },
  });
  return { ...dataset, manifest: { ...dataset.manifest, split } };
}
