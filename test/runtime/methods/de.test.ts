import { expect, it } from "vitest";
import { de } from "../../../src/methods/index.ts";
import { Random } from "../../../src/random.ts";
import { factorMethodContract } from "../../contracts/factor-method-contract.ts";
import { batchOf, fedRows, prepared, randomWorld, type Prepared } from "../../contracts/factor-world.ts";
import { inFloat64, type Values } from "../../contracts/graph-values.ts";

factorMethodContract("de", [{ experts: 2 }, { experts: 1 }, { experts: 3, annealing: 0.2 }]);

const world = await randomWorld();
const row = (values: Values, name: string, n: number, width: number) =>
  Array.from(values[name]!.data.subarray(n * width, (n + 1) * width));

/** || t - sum_e a_e f_e(x) ||^2 of one entity, expert by expert. */
function distance(
  known: Values,
  side: "users" | "items",
  n: number,
  id: number,
  experts: number,
  beta: number,
): number {
  const [s, t, h] = [2, 3, 2];
  const own = (name: string) => known[`own.${side}.${name}`]!.data;
  const x = row(known, side, id, s);
  const teacher = Array.from({ length: t }, (_, d) => known[`de.${side}.t`]!.data[n * t + d]!);
  const noise = row(known, `de.${side}.noise`, n, experts);
  const logits = noise.map((g, e) => beta * (g + own("v0")[e]! + teacher.reduce((sum, y, d) => sum + y * own("v")[d * experts + e]!, 0))); // prettier-ignore
  const raw = logits.map((z) => Math.exp(z - Math.max(...logits)));
  const a = raw.map((z) => z / raw.reduce((p, q) => p + q));
  const rebuilt = Array.from({ length: t }, (_, d) =>
    a.reduce((sum, weight, e) => {
      const hidden = Array.from({ length: h }, (_n, j) =>
        Math.max(
          0,
          own("b1")[e * h + j]! + x.reduce((z, y, i) => z + y * own("w1")[i * experts * h + e * h + j]!, 0),
        ),
      );
      return (
        sum +
        weight * hidden.reduce((z, y, j) => z + y * own("w2")[(e * h + j) * t + d]!, own("b2")[e * t + d]!)
      );
    }, 0),
  );
  return rebuilt.reduce((sum, y, d) => sum + (y - teacher[d]!) ** 2, 0);
}

it.each([
  ["sum", 1, 0],
  ["mean", 1 / 5, 2],
] as const)("is the distance to what the experts rebuild, by hand: %s", async (reduction, scale, epoch) => {
  const { values, feeds, loss } = await prepared(de, world, { experts: 3, annealing: 100 }, { epoch });
  const batch = batchOf(reduction);
  const [known, beta] = [values(batch), epoch === 0 ? 1 : 10 ** 0.2];
  const items = fedRows({ ...feeds(batch)["de.items"]!, shape: [7, 1] }).flat();
  expect(items).toEqual([...batch.positives, ...batch.negatives]);
  let expected = 0;
  batch.users.forEach((u, n) => (expected += 0.05 * scale * distance(known, "users", n, u, 3, beta)));
  items.forEach((i, n) => (expected += 0.5 * 0.05 * scale * distance(known, "items", n, i, 3, beta)));
  expect(inFloat64(loss, known)[0]).toBeCloseTo(expected, 5);
});

it("anneals the selection from 1 to 1e-10, and no further", async () => {
  const beta = async (epoch: number) => {
    const { feeds }: Prepared<unknown> = await prepared(de, world, { experts: 2 }, { epoch });
    return Number(feeds()["de.beta"]!.data[0]);
  };
  expect(await beta(0)).toBe(1);
  expect(await beta(100)).toBeCloseTo(10, 5);
  expect(await beta(1000)).toBe(1e10);
  expect(await beta(2000)).toBe(1e10);
});

it("draws the noise of the selection anew for every batch", async () => {
  const { plan } = await prepared(de, world, { experts: 2 });
  const noise = (seed: number) => fedRows(plan.feeds(batchOf(), new Random(seed))["de.users.noise"]!);
  expect(noise(1)).toEqual(noise(1));
  expect(noise(1)).not.toEqual(noise(2));
});
