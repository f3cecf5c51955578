/** What a model ranked at several states of its training: which states, what is in them, and that it changes nothing. */
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { datasetFromLists, owned, row } from "../../../src/dataset/index.ts";
import { drive, type RunEvent } from "../../../src/events.ts";
import { openBundle } from "../../../src/export/index.ts";
import { Random } from "../../../src/random.ts";
import {
  mf,
  type Edges,
  type FittedModel,
  type ModelOptions,
  type Sizes,
  type UserModel,
} from "../../../src/models/index.ts";
import { trainRun, type TrainRunInput } from "../../../src/runs/index.ts";
import { produce } from "../../../src/runs/produce.ts";
import { openTrajectorySignal } from "../../../src/signals/index.ts";
import { chooseEpochs, fittedOptions, rankUnseen, spreadOf, stateSteps } from "../../../src/train/index.ts";
import { oneThread } from "../../contracts/graph-values.ts";
import { scratch } from "../../unit/scratch.ts";

const folder = await scratch();
const random = new Random(3);
/** Even users meet even items, odd users odd ones: there is something to learn. */
const histories = Array.from({ length: 20 }, (_, u) =>
  random.sample(6, 4 + random.integer(3)).map((i) => 2 * i + (u % 2)),
);
const dataset = datasetFromLists(histories, { items: 12 });
const { train } = dataset;

const kept = (states: number, k: number) => ({ states, k, by: "epochs" as const });
const settings = { width: 8, maxLength: 10, epochs: 12, patience: 12, validateEvery: 1, learningRate: 0.01 };
const quirks: Record<string, object> = { sasrec: { blocks: 1 } };
const input = (name: string, more: Partial<TrainRunInput> = {}): TrainRunInput => ({
  dataset,
  out: folder.path(name),
  force: false,
  resume: false,
  seed: 1,
  created: "2026-01-01T00:00:00Z",
  settings: { ...settings, ...quirks[more.model ?? "mf"], ...more.settings },
  device: oneThread,
  model: "mf",
  users: { share: 1, seed: 1 },
  trajectory: kept(3, 5),
  ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== "settings")),
});
const opened = (name: string) => openTrajectorySignal(join(folder.path(name), "trajectory"), dataset);

/** Trains until the n-th step is done, then as SIGINT does. */
async function interrupt(run: TrainRunInput, steps: number): Promise<void> {
  const abort = new AbortController();
  let done = 0;
  const listen = (event: RunEvent) => {
    if (event.type === "progress" && ++done === steps) abort.abort();
  };
  const stopped = drive(trainRun({ ...run, abort: abort.signal }), listen);
  await expect(stopped).rejects.toMatchObject({ code: "interrupted" });
}

describe.each(["mf", "sasrec", "lightgcn", "neumf"])("a training of %s", (model) => {
  const name = (what: string) => `${model}-${what}`;

  it("keeps its states in the bundle, the last that of the bundle, and trains as without", async () => {
    const plain = await drive(trainRun(input(name("plain"), { model, trajectory: undefined })));
    const { manifest } = await drive(trainRun(input(name("kept"), { model })));
    expect(manifest.weightsSha256).toBe(plain.manifest.weightsSha256);
    const signal = await opened(name("kept"));
    const [teacher] = signal.manifest.teachers;
    expect(teacher).toMatchObject({ name: name("kept"), version: manifest.weightsSha256.slice(0, 12) });
    expect(teacher!.epochs.at(-1)).toBe(manifest.training.bestEpoch);
    expect(manifest.training.trajectory).toEqual({ ...kept(3, 5), epochs: teacher!.epochs });
    const last = signal.states[0]!.at(-1)!;
    const bundle = await openBundle(folder.path(name("kept")), oneThread);
    for (let u = 0; u < 20; u++) {
      const scores = (await bundle.score(Int32Array.of(u), [row(train, u)])).slice();
      const own = new Set(row(train, u));
      const order = Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
      expect([...last.lists.subarray(5 * u, 5 * u + 5)]).toEqual(
        order.filter((i) => !own.has(i)).slice(0, 5),
      );
      const mine = order.filter((i) => own.has(i));
      const places = Array.from(row(train, u), (i) => mine.indexOf(i));
      expect([...last.own.subarray(train.offsets[u], train.offsets[u + 1])]).toEqual(places);
    }
    expect(existsSync(`${folder.path(name("kept"))}.rankings`)).toBe(false);
  });

  it.each(model === "mf" ? [1, 9] : [9])(
    "is the same when interrupted after %i steps and resumed",
    async (steps) => {
      const run = input(name(`stopped-${steps}`), { model });
      await interrupt(run, steps);
      await drive(trainRun({ ...run, resume: true }));
      const [signal, straight] = [await opened(name(`stopped-${steps}`)), await opened(name("kept"))];
      expect(signal.manifest.hash).toBe(straight.manifest.hash);
    },
  );
});

it("resuming says that a ranking is gone, before it trains", async () => {
  const run = input("gone");
  await interrupt(run, 7);
  const rankings = `${run.out}.rankings`;
  await rm(join(rankings, (await readdir(rankings))[0]!));
  await expect(drive(trainRun({ ...run, resume: true }))).rejects.toMatchObject({ code: "not-found" });
  const other = { ...run, resume: true, trajectory: kept(2, 5) };
  await expect(drive(trainRun(other))).rejects.toMatchObject({ code: "conflict" });
});

it("a model that is fitted in one pass has one state as often as wanted", async () => {
  const known = mf as UserModel;
  const fit = (_: Edges, sizes: Sizes, options: ModelOptions) =>
    known.parameters(sizes, options, new Random(1));
  const model: FittedModel = { ...known, kind: "fitted", fit };
  const modelOptions = known.options.parse({ width: 4 });
  const how = {
    fit: () =>
      fit({ user: new Int32Array(0), item: new Int32Array(0) }, { users: 20, items: 12 }, modelOptions),
    options: fittedOptions.parse({}),
  };
  const users = Int32Array.from({ length: 20 }, (_, u) => u);
  const work = {
    model,
    modelOptions,
    how,
    owned: users,
    record: {},
    trajectory: kept(3, 5),
  };
  await drive(produce(input("fitted"), work));
  const { manifest, states } = await opened("fitted");
  expect(manifest.teachers[0]!.epochs).toEqual([1, 1, 1]);
  const bundle = await openBundle(folder.path("fitted"), oneThread);
  const found = await rankUnseen(bundle, train, users, 5);
  for (const state of states[0]!) expect(state).toEqual({ ...found, spread: null });
});

it("keeps what owned users are ranked, and no more items than there are", async () => {
  const users = { share: 0.5, seed: 3 };
  await drive(trainRun(input("half", { users, trajectory: kept(1, 100) })));
  const { manifest, states } = await opened("half");
  expect(manifest.k).toBe(12);
  const theirs = new Set(owned(dataset, users.share, users.seed));
  for (let u = 0; u < 20; u++) expect(states[0]![0]!.lists[12 * u]! >= 0).toBe(theirs.has(u));
});

describe("too few validations", () => {
  it("are said before a training that cannot have more", async () => {
    const run = trainRun(input("few", { settings: { validateEvery: 5 }, trajectory: kept(4, 5) }));
    await expect(drive(run)).rejects.toThrow(
      "--trajectory 4: expected at least 4 validations, got 3 at most, one each 5 epochs of 12. Validate more often, with --set validateEvery=3",
    );
  });

  it("up to the best epoch cost the trajectory, not the bundle", async () => {
    const worse = {
      settings: { learningRate: 1e-9, epochs: 4 },
      trajectory: kept(4, 5),
    };
    await expect(drive(trainRun(input("early", worse)))).rejects.toThrow("early is written without its");
    expect((await openBundle(folder.path("early"), oneThread)).items).toBe(12);
    await expect(opened("early")).rejects.toMatchObject({ code: "not-found" });
  });
});

it.each([
  [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 10, 4, [1, 4, 7, 10]],
  [[10, 20, 30, 40, 50], 40, 4, [10, 20, 30, 40]],
  [[5, 10, 15, 20], 20, 2, [5, 20]],
  [[1, 2, 90, 95, 100], 100, 4, [2, 90, 95, 100]],
  [[3, 6, 9], 6, 1, [6]],
  [[3, 6, 9], 6, 3, null],
  [[], 0, 1, null],
])("of %j, best %i, %i states are those after %j", (validated, best, n, chosen) => {
  const rising = validated.map((epoch) => ({ epoch, value: epoch / 1000 }));
  expect(chooseEpochs(rising, best, n, "epochs")).toEqual(chosen);
});

it.each([
  ["fast, then slow", [0.1, 0.3, 0.5, 0.58, 0.59, 0.6], 6, 3, [1, 2, 6]], // .15 and .375 are wanted
  ["slow, then fast", [0.1, 0.11, 0.12, 0.14, 0.4, 0.6], 6, 3, [4, 5, 6]],
  ["not always up", [0.1, 0.4, 0.25, 0.38, 0.6, 0.5], 5, 3, [1, 4, 5]],
  ["flat at the end", [0.1, 0.2, 0.2, 0.2], 2, 2, [1, 2]],
  ["best at once", [0.1, 0.05], 1, 1, [1]],
  ["too few", [0.1, 0.2, 0.15], 2, 3, null],
])("by accuracy, %s: of %j, best after %i, %i states are those after %j", (_, values, best, n, chosen) => {
  const validations = values.map((value, v) => ({ epoch: v + 1, value }));
  expect(chooseEpochs(validations, best, n, "accuracy")).toEqual(chosen);
});

it("chosen epochs are distinct, ascending and end at the best", () => {
  const epochs = fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 40 });
  const by = fc.constantFrom(...stateSteps);
  fc.assert(
    fc.property(
      epochs,
      fc.nat(),
      fc.integer({ min: 1, max: 8 }),
      by,
      fc.nat(),
      (some, pick, n, steps, seed) => {
        const validated = some.sort((a, b) => a - b);
        const best = validated[pick % validated.length]!;
        const values = new Random(seed);
        const validations = validated.map((epoch) => ({
          epoch,
          value: epoch === best ? 1 : values.uniform(),
        }));
        const chosen = chooseEpochs(validations, best, n, steps);
        if (chosen === null) expect((pick % validated.length) + 1).toBeLessThan(n);
        else {
          expect(chosen).toHaveLength(n);
          expect(chosen.at(-1)).toBe(best);
          expect([...new Set(chosen)].sort((a, b) => a - b)).toEqual(chosen);
          expect(chosen.every((epoch) => validated.includes(epoch))).toBe(true);
        }
      },
    ),
  );
});

it("the spread of a place is over the rankings; an item that is not listed is behind the list", () => {
  const rankings = [Int32Array.of(3, 1, 2, 0), Int32Array.of(1, 3, 0, -1), Int32Array.of(1, 2, 0, -1)];
  const [a, b, c] = [1, 0, 0].map((p) => p - 1 / 3); // places of item 1
  const [d, e, f] = [2, 2, 1].map((p) => p - 5 / 3); // of item 2, which no list of the first two has
  const rms = (...x: number[]) => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length);
  const [g, h, i] = [1, 0, 0].map((p) => p - 1 / 3); // of item 0 for the second user
  const found = spreadOf(rankings, 2, 4)!;
  [rms(a!, b!, c!), rms(d!, e!, f!), rms(g!, h!, i!), 0].forEach((x, n) =>
    expect(found[n]).toBeCloseTo(x, 6),
  );
  expect(spreadOf(rankings.slice(2), 2, 4)).toBeNull();
});

it("tables are ranked as their scores are, and a repeated item has one place", async () => {
  const repeats = { offsets: Int32Array.of(0, 3, 3, 5), items: Int32Array.of(2, 0, 2, 4, 1) };
  const users = Float32Array.of(1, 0, 0, 1, 1, 1);
  const items = Float32Array.of(5, 1, 4, 2, 3, 3, 2, 4, 1, 5, 1, 5);
  const scores = (u: number) =>
    Array.from(
      { length: 6 },
      (_, i) => users[2 * u]! * items[2 * i]! + users[2 * u + 1]! * items[2 * i + 1]!,
    );
  const score = (batch: Int32Array) => Promise.resolve(Float32Array.from([...batch].flatMap(scores)));
  const tables = (batch: Int32Array) => {
    const theirs = Float32Array.from([...batch].flatMap((u) => [users[2 * u]!, users[2 * u + 1]!]));
    return Promise.resolve({ users: theirs, items, width: 2 });
  };
  const all = Int32Array.of(0, 1, 2);
  const found = await rankUnseen({ items: 6, score }, repeats, all, 4);
  expect(found.lists).toEqual(Int32Array.of(1, 3, 4, 5, -1, -1, -1, -1, 0, 2, 3, 5));
  expect(found.own).toEqual(Int32Array.of(1, 0, 1, 1, 0));
  expect(await rankUnseen({ items: 6, score, tables, device: oneThread }, repeats, all, 4)).toEqual(found);
});

it("lists that are known are taken over, of users who are asked for", async () => {
  const train = { offsets: Int32Array.of(0, 1, 1, 2, 3), items: Int32Array.of(0, 1, 2) };
  const score = () => Promise.reject(new Error("not asked"));
  const tables = (batch: Int32Array) =>
    Promise.resolve({
      users: new Float32Array(batch.length).fill(1),
      items: Float32Array.of(4, 3, 2, 1),
      width: 1,
    });
  const known = { userIndex: Int32Array.of(0, 1, 2), best: Int32Array.of(3, 2, 1, 3, 2, 1, -1, -1, -1) };
  const scorer = { items: 4, score, tables, device: oneThread };
  const { lists, own } = await rankUnseen(scorer, train, Int32Array.of(0, 1, 2, 3), 2, known);
  expect(lists).toEqual(Int32Array.of(3, 2, -1, -1, 0, 2, 0, 1)); // 1 has no training, 2 was not ranked, 3 not counted
  expect(own).toEqual(Int32Array.of(0, 0, 0));
});

it("a teacher whose scores are all equal ranks by item id", async () => {
  const train = { offsets: Int32Array.of(0, 2, 4), items: Int32Array.of(4, 0, 2, 5) };
  const score = (batch: Int32Array) => Promise.resolve(new Float32Array(6 * batch.length));
  const { lists, own } = await rankUnseen({ items: 6, score }, train, Int32Array.of(0, 1), 3);
  expect(lists).toEqual(Int32Array.of(1, 2, 3, 0, 1, 3));
  expect(own).toEqual(Int32Array.of(1, 0, 0, 1));
});
