/** How often a student that is taught nothing but lists makes its teacher's first choice. */
import { makeShop, datasetFromLists, row, type Dataset } from "../../src/dataset/index.ts";
import type { Scorer } from "../../src/evaluate/index.ts";
import { sasrec, type Model } from "../../src/models/index.ts";
import { askScorer, signalOf } from "./lists-of.ts";
import { tinyLearn } from "./tiny-run.ts";

/** @param folder for the signal @returns a share of the users; chance is 1 in 30 or so */
export async function agreement(folder: string, model: Model, method: string): Promise<number> {
  const { histories } = makeShop({ users: 40, items: 30, seed: 3 });
  const dataset = datasetFromLists(histories, { items: 30 });
  const teacher = await tinyLearn({ model: sasrec, dataset, fit: { epochs: 10, patience: 10 } });
  const signal = await signalOf(folder, dataset, await askScorer(dataset, teacher.scorer, 10), 10);
  const student = await tinyLearn({
    model,
    dataset,
    seed: 9,
    teacher: { method, signal, options: { labels: 0 } },
    fit: { epochs: 20, patience: 20 },
  });
  const first = await firstChoices(dataset, teacher.scorer);
  const second = await firstChoices(dataset, student.scorer);
  return first.filter((item, u) => item === second[u]).length / first.length;
}

/** Each user's best unseen item. */
async function firstChoices(dataset: Dataset, scorer: Scorer): Promise<number[]> {
  const users = Array.from({ length: dataset.users.size }, (_, u) => u);
  const shown = users.map((u) => row(dataset.train, u));
  const scores = await scorer.score(Int32Array.from(users), shown);
  return users.map((u) => {
    const own = Array.from(scores.subarray(u * scorer.items, (u + 1) * scorer.items), (s, i) =>
      shown[u]!.includes(i) ? -Infinity : s,
    );
    return own.indexOf(Math.max(...own));
  });
}
