import type { Dataset, Shop } from "../../../src/dataset/index.ts";
import { lengthOf, row } from "../../../src/dataset/index.ts";
import { drive, type Run } from "../../../src/events.ts";
import { defaultProtocol, evaluate, intervalsOf } from "../../../src/evaluate/index.ts";
import type { Evaluation, Intervals, Scorer } from "../../../src/evaluate/index.ts";
import { openBundle, type Bundle } from "../../../src/export/index.ts";
import type { Random } from "../../../src/random.ts";
import type { Io } from "../../frame/types.ts";
import { evaluateBundle } from "../evaluate-bundle.ts";
import { device } from "./settings.ts";

/** Users of the table's columns. */
export const shown = ["all", "head", "tail"] as const;
export type Shown = (typeof shown)[number];

/** One system on everybody's test item. */
export interface Measurement {
  readonly evaluation: Evaluation;
  readonly intervals: Readonly<Record<Shown, Intervals>>;
  /** Of the model alone: the oracle has none. */
  readonly model: { readonly parameters: number; readonly milliseconds: number } | null;
}

/** The best ranking there is: the shop's own probabilities. */
export function oracleOf(shop: Shop): Scorer {
  const { items } = shop.options;
  return {
    items,
    score(users, histories) {
      const scores = new Float32Array(users.length * items);
      histories.forEach((history, b) => scores.set(shop.oracle(users[b]!, history), b * items));
      return Promise.resolve(scores);
    },
  };
}

/** @param bundles folders of the systems that are models, each evaluated into its own folder. */
export async function* measureAll(
  shop: Shop,
  dataset: Dataset,
  bundles: readonly string[],
  random: Random,
  io: Io,
): Run<Measurement[]> {
  const protocol = defaultProtocol(dataset.manifest.split);
  const within: Io = { ...io, drive }; // one stage for all systems
  yield { type: "stage", name: "evaluate", total: 1 + bundles.length, unit: "systems" };
  const scorer = oracleOf(shop);
  const best = await drive(evaluate({ scorer, data: dataset, protocol, signal: io.signal }));
  const measured = [measurementOf(best, null, random)];
  for (const [n, directory] of bundles.entries()) {
    yield { type: "progress", done: 1 + n };
    const bundle = await openBundle(directory, device);
    const { evaluation } = await evaluateBundle(bundle, dataset, protocol, { reuse: false }, within);
    const { parameters } = bundle.manifest.sizes;
    const milliseconds = await medianLatency(bundle, dataset);
    measured.push(measurementOf(evaluation, { parameters, milliseconds }, random));
  }
  return measured;
}

function measurementOf(evaluation: Evaluation, model: Measurement["model"], random: Random): Measurement {
  return {
    evaluation,
    intervals: intervalsOf(evaluation, shown, ["ndcg@10", "hr@10", "mrr"], random),
    model,
  };
}

const calls = { warm: 30, timed: 300 };

/** Median milliseconds of one recommendation of ten items in this process, one history at a time. */
async function medianLatency(bundle: Bundle, { train }: Dataset): Promise<number> {
  const users = train.offsets.length - 1;
  const times: number[] = [];
  for (let n = -calls.warm, u = 0; n < calls.timed; n++, u = (u + 1) % users) {
    if (lengthOf(train, u) === 0) continue;
    const history = row(train, u);
    const began = performance.now();
    await bundle.recommend([{ history, exclude: new Set(history) }], 10);
    if (n >= 0) times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[times.length >> 1] ?? 0;
}
