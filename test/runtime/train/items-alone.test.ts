/** Distillation from answers to items alone and walks, beside the histories of a few owners. */
import { expect, it } from "vitest";
import { fromLists, rows, stackRows } from "../../../src/dataset/index.ts";
import { hashWeights } from "../../../src/export/index.ts";
import { bert4rec, sasrec, type SequenceModel } from "../../../src/models/index.ts";
import { openListSignal, withLearners, writeListSignal } from "../../../src/signals/index.ts";
import { noCounts, rowsOf, type Query } from "../../contracts/lists-of.ts";
import { checkerboard, tinyLearn } from "../../contracts/tiny-run.ts";
import { scratch } from "../../unit/scratch.ts";

const folder = await scratch();
const dataset = checkerboard();
const users = dataset.users.size;

/** The other items of its parity, the nearest first. */
const listOf = (item: number) => Array.from({ length: 7 }, (_, i) => (item + 2 * (i + 1)) % 16);
const alone = Array.from({ length: 16 }, (_, item): Query => {
  return { user: -1, end: 1, view: "item", shown: [item], list: listOf(item) };
});
const history = [...dataset.train.items.subarray(0, dataset.train.offsets[1])];
const own: Query = { user: 0, end: history.length, shown: history, list: listOf(history.at(-1)!) };

async function signalOf(name: string, queries: readonly Query[]) {
  await writeListSignal(folder.path(name), rowsOf(queries), {
    dataset: dataset.manifest.hash,
    teacher: { name: "t", endpoint: "memory", version: "1", scores: "ids" },
    k: 7,
    scales: [],
    rest: queries.some(({ view }) => view === "walk") ? "walks" : "items",
    users: { share: 1, seed: 0, count: users },
    counts: noCounts,
  });
  return openListSignal(folder.path(name), dataset);
}

it("become learners after the users, each with itself as history", async () => {
  const {
    signal,
    train,
    alone: learners,
  } = withLearners(await signalOf("learners", [own, ...alone]), dataset.train);
  expect(rows(train)).toBe(users + 16);
  expect([...learners]).toEqual(Array.from({ length: 16 }, (_, n) => users + n));
  expect([...signal.user]).toEqual([0, ...learners]);
  expect(train).toEqual(stackRows(dataset.train, fromLists(alone.map(({ shown }) => shown!))));
});

/** Item, and an item of the other parity, as no list would go on. */
const walk = (item: number, n: number): Query[] => {
  const shown = [item, (item + 1) % 16];
  return [1, 2].map((end) => ({
    ...{ user: -1 - n, end, view: "walk", shown: shown.slice(0, end) },
    list: listOf(shown[end - 1]!),
  }));
};
const walked = Array.from({ length: 16 }, (_, item) => walk(item, item)).flat();

it("walks become a learner each, whatever of one was answered, and have no labels", async () => {
  const broken = [own, ...walk(3, 0), walk(5, 1)[1]!, walk(7, 2)[0]!];
  const { signal, train, alone: learners } = withLearners(await signalOf("walks", broken), dataset.train);
  expect([...learners]).toEqual([users, users + 1, users + 2]);
  expect([...signal.user]).toEqual([0, users, users, users + 1, users + 2]);
  expect(train).toEqual(stackRows(dataset.train, fromLists([[3, 4], [5, 6], [7]])));
  // what is next in a walk is nobody's choice: lists of no weight leave labels alone, which are those without walks
  const weightsOf = async (name: string, queries: readonly Query[]) => {
    const options = { labels: 1, kl: 0 };
    const teacher = { method: "bahsd", signal: await signalOf(name, queries), options };
    return hashWeights(
      (await tinyLearn({ model: sasrec, dataset, seed: 1, teacher, fit: { epochs: 2 } })).weights,
    );
  };
  expect(await weightsOf("with-walks", [own, ...walked])).toBe(await weightsOf("without-walks", [own]));
});

/** Share of the seven best items for a history of one that are of its parity: by chance under a half, it is no candidate itself. */
async function ofItsKind(
  model: SequenceModel,
  method: string,
  options: Record<string, unknown>,
  made: readonly Query[],
) {
  const signal = await signalOf(`${model.name}-${method}-${made[0]!.view}`, [own, ...made]);
  const teacher = { method, signal, options };
  const fit = { epochs: 150, patience: 150 };
  const { scorer } = await tinyLearn({ model, dataset, seed: 1, teacher, fit });
  const items = Int32Array.from({ length: 16 }, (_, item) => item);
  const scores = await scorer.score(
    new Int32Array(16).fill(-1),
    Array.from(items, (item) => Int32Array.of(item)),
  );
  const width = scores.length / 16;
  const shares = Array.from(items, (item) => {
    const scored = Array.from(scores.subarray(item * width, item * width + 16).keys()).filter(
      (i) => i !== item,
    );
    const best = scored.sort((a, b) => scores[item * width + b]! - scores[item * width + a]!).slice(0, 7);
    return best.filter((i) => i % 2 === item % 2).length / 7;
  });
  return shares.reduce((a, b) => a + b) / 16;
}

it("are nothing to a method that reads no answers", async () => {
  const weightsOf = async (name: string, queries: readonly Query[]) => {
    const teacher = { method: "cl4srec", signal: await signalOf(name, queries), options: {} };
    return hashWeights(
      (await tinyLearn({ model: sasrec, dataset, seed: 1, teacher, fit: { epochs: 2 } })).weights,
    );
  };
  expect(await weightsOf("with", [own, ...alone])).toBe(await weightsOf("without", [own]));
});

it.each([
  ["uniform-kl", sasrec, { labels: 0 }],
  ["uniform-kl", bert4rec, { labels: 0 }],
  ["bahsd", sasrec, { labels: 0 }],
  ["list-rrd", sasrec, { labels: 0.1 }],
] as const)("%s teaches what the teacher said of them", async (method, model, options) => {
  expect(await ofItsKind(model, method, options, alone)).toBeGreaterThan(0.8);
  expect(await ofItsKind(model, method, options, walked)).toBeGreaterThan(0.8);
});
