/** A sequence model trained on a made shop lowers its loss and recommends better than popularity does. */
import { describe, expect, it } from "vitest";
import { datasetFromLists, makeShop } from "../../src/dataset/index.ts";
import { evaluate, protocolNamed, type Scorer } from "../../src/evaluate/index.ts";
import { drive } from "../../src/events.ts";
import type { Model } from "../../src/models/index.ts";
import { tinyLearn, type TinyRun } from "./tiny-run.ts";

const shop = makeShop({ users: 150, items: 40, interests: 4, seed: 3 });
const dataset = datasetFromLists(shop.histories, { items: 40 });

async function ndcg(scorer: Scorer): Promise<number> {
  const found = await drive(evaluate({ scorer, data: dataset, protocol: protocolNamed("sasrec-full") }));
  return found.metrics["ndcg@10"]!;
}

function popularity(): Scorer {
  const counts = new Float32Array(40);
  for (const item of dataset.train.items) counts[item]!++;
  const row = (users: Int32Array) =>
    Float32Array.from({ length: users.length * 40 }, (_, i) => counts[i % 40]!);
  return { items: 40, score: (users) => Promise.resolve(row(users)) };
}

/** @param losses options of the task, one run each */
export function shopContract(
  model: Model,
  losses: readonly Record<string, unknown>[],
  { modelOptions, fit }: Pick<TinyRun, "modelOptions" | "fit"> = {},
): void {
  describe(`${model.name} on a made shop`, async () => {
    const bound = 1.15 * (await ndcg(popularity()));

    it.each(losses)("$loss lowers the loss and beats popularity", async (taskOptions) => {
      const { history, scorer } = await tinyLearn({
        model,
        dataset,
        modelOptions: { width: 16, dropout: 0.2, ...modelOptions },
        taskOptions,
        fit: { epochs: 20, patience: 20, validateEvery: 5, ...fit },
      });
      const losses = history.flatMap((event) => (event.type === "epoch" ? [event.loss] : []));
      expect(losses.at(-1)!).toBeLessThan(0.9 * losses[0]!);
      expect(await ndcg(scorer)).toBeGreaterThan(bound);
    });
  });
}
