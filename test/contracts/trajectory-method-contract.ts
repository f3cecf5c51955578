/** What every method that learns from trajectories keeps; a method's test file calls this and adds its own known answers. */
import { describe, expect, it } from "vitest";
import { datasetFromLists } from "../../src/dataset/index.ts";
import { drive } from "../../src/events.ts";
import { hashWeights } from "../../src/export/index.ts";
import { trajectoryMethods, type TrajectoryMethod } from "../../src/methods/index.ts";
import { mf, type UserModel } from "../../src/models/index.ts";
import { parseOptions } from "../../src/options.ts";
import { Random } from "../../src/random.ts";
import { factorOptions, factorTask } from "../../src/train/factor-task.ts";
import { fitOptions, learn } from "../../src/train/index.ts";
import { batchOf, checkFeeds, histories, inputsOf, items } from "./factor-world.ts";
import { differences, gradientOf, inFloat64, oneThread } from "./graph-values.ts";
import { preparedFor, randomTrajectory, trajectoryWorld } from "./trajectory-world.ts";

const world = await trajectoryWorld();
const model: UserModel = mf;

/** @param variants options that fit twelve items; the first is tried most. */
export function trajectoryMethodContract(name: string, variants: readonly Record<string, unknown>[]): void {
  const method = trajectoryMethods[name]!;
  describe(`${name} as a method`, () => {
    it("says in one sentence what it does, and has a default for every option and a weight", () => {
      expect(method.name).toBe(name);
      expect(method.summary.length).toBeGreaterThan(10);
      expect(Object.keys(method.options.parse({})).sort()).toEqual(Object.keys(method.options.shape).sort());
      for (const option of ["weight", "base", "consistency"])
        expect(method.options.shape).toHaveProperty(option);
      expect(() => parseOptions(method.options, { nonsense: 1 }, name)).toThrow(/nonsense: expected/);
    });

    it("complains of consistency where the signal has no spreads", async () => {
      const signal = randomTrajectory();
      for (const state of signal.states[1]!) Object.assign(state, { spread: null });
      const without = await trajectoryWorld(signal);
      await expect(preparedFor(method, without, { ...variants[0], consistency: true })).rejects.toThrow(
        "option consistency: expected a signal with the spread of every place for each of its teachers, " +
          "got made without it for teacher 1.",
      );
    });

    describe.each(variants.map((o) => [JSON.stringify(o), o] as const))("with %s", (_text, o) => {
      it.each(["sum", "mean"] as const)(
        "feeds every input of its loss, in the right shape, for a %s",
        async (reduction) => {
          const { loss, values, feeds } = await preparedFor(method, world, o);
          const batch = batchOf(reduction);
          const known = values(batch);
          for (const input of inputsOf(loss).keys()) expect(Object.keys(known)).toContain(input);
          checkFeeds(loss, known, feeds(batch));
        },
      );

      it("has a finite loss and the gradient that differences show", async () => {
        const { loss, values } = await preparedFor(method, world, o);
        const known = values();
        expect(inFloat64(loss, known)[0]).toBeGreaterThan(0);
        for (const leaf of ["users", "items"]) {
          const tensor = inputsOf(loss).get(leaf)!;
          const found = inFloat64(gradientOf(loss, tensor), known);
          differences(loss, leaf, known).forEach((d, i) =>
            expect(Math.abs(found[i]! - d)).toBeLessThan(1e-5 * Math.max(1, Math.abs(d))),
          );
        }
      });

      it("is 0 at weight 0, and gives nothing to a user of weight 0", async () => {
        const none = await preparedFor(method, world, { ...o, weight: 0 });
        expect(inFloat64(none.loss, none.values())[0]).toBeCloseTo(0, 12);
        const { loss, values } = await preparedFor(method, world, o);
        const batch = batchOf();
        const c = batch.c.map((weight, b) => (b === 2 ? 0 : weight));
        const gradient = inFloat64(gradientOf(loss, inputsOf(loss).get("users")!), values({ ...batch, c }));
        expect(gradient.slice(2 * batch.users[2]!, 2 * batch.users[2]! + 2)).toEqual([0, 0]);
        expect(gradient.some((g) => g !== 0)).toBe(true);
      });

      it("trains a student, with and without its own loss, to the same weights for the same seed", async () => {
        const a = await trained(method, { ...o, base: 0 });
        expect(await trained(method, { ...o, base: 0 })).toBe(a);
        expect(await trained(method, { ...o, base: 1 })).not.toBe(a);
      });

      it("trains a student of teachers one of which says the same of everybody: its scores are all equal", async () => {
        const signal = randomTrajectory();
        for (const { lists } of signal.states[0]!)
          histories.forEach((history, u) => {
            const unseen = [...Array(items).keys()].filter((item) => !history.includes(item)); // ties by item id
            lists.fill(-1, 6 * u, 6 * (u + 1)).set(unseen.slice(0, 6), 6 * u);
          });
        await trained(method, o, signal);
      });
    });
  });
}

/** Three epochs of MF. @returns the hash of its weights. */
async function trained(
  method: TrajectoryMethod,
  given: Record<string, unknown>,
  signal = randomTrajectory(),
): Promise<string> {
  const random = new Random(4);
  const taken = [[0, 1, 2, 5], [3, 5], [9], [...Array(12).keys()], [...Array(10).keys()]];
  const dataset = datasetFromLists(taken, { items, split: { kind: "ratio", train: 0.7, valid: 0.3 } });
  const everybody = Int32Array.from({ length: 5 }, (_, u) => u);
  const modelOptions = model.options.parse({ width: 2 });
  const task = await factorTask(
    {
      model,
      modelOptions,
      weights: model.parameters({ users: 5, items }, modelOptions, random.split("weights")),
      train: dataset.train,
      valid: dataset.valid,
      users: everybody,
      random: random.split("task"),
      method,
      methodOptions: parseOptions(method.options, given, method.name),
      signal: {
        ...signal,
        states: signal.states.map((states) =>
          states.map((state) => ({ ...state, own: new Int32Array(dataset.train.items.length).fill(-1) })),
        ),
      },
      device: oneThread,
    },
    factorOptions.parse({ batchSize: 8, reduction: "sum" }),
  );
  const learned = await drive(
    learn({
      dataset,
      owned: everybody,
      model,
      modelOptions,
      task,
      options: fitOptions.parse({ epochs: 3, validateEvery: 1, learningRate: 0.01 }),
      random: random.split("fit"),
      device: oneThread,
    }),
  );
  for (const { data } of Object.values(learned.weights)) expect(data.every(Number.isFinite)).toBe(true);
  return hashWeights(learned.weights);
}
