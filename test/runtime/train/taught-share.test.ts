/** A method's loss over the users of a share of a batch's pairs: which users, and that it is right on average. */
import { expect, it } from "vitest";
import { factorMethods } from "../../../src/methods/index.ts";
import { tinyFactorTask, trainedTiny } from "../../contracts/tiny-factor-task.ts";

const prepared = (taughtShare: number) =>
  tinyFactorTask(factorMethods.ce!, { guide: "teacher", k: 3 }, { reduction: "sum", taughtShare });

/** The mean over epochs in which hardly anything moves. */
async function meanLoss(taughtShare: number): Promise<number> {
  const losses: number[] = [];
  const still = { epochs: 400, validateEvery: 400, learningRate: 1e-12 };
  await trainedTiny(await prepared(taughtShare), still, (event) => {
    if (event.type === "epoch") losses.push(event.loss);
  });
  return losses.reduce((a, b) => a + b, 0) / losses.length;
}

it("is over the users of the first pairs", async () => {
  const { task } = await prepared(0.5);
  const { feeds } = task.epoch(0).batch(0);
  const [pairs, users, c] = ["pair.users", "kd.users", "ce.c"].map((name) =>
    Array.from(feeds[name]!.data, Number),
  );
  expect(users).toEqual([...new Set(pairs!.slice(0, 4))]);
  expect(c!.reduce((a, b) => a + b, 0)).toBe(4);
});

it("counts the same on average where losses are sums", async () => {
  const [whole, quarter] = [await meanLoss(1), await meanLoss(0.25)];
  expect(Math.abs(quarter / whole - 1)).toBeLessThan(0.01);
});
