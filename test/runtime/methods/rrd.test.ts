import { expect, it } from "vitest";
import { rrd } from "../../../src/methods/index.ts";
import { Random } from "../../../src/random.ts";
import { factorMethodContract } from "../../contracts/factor-method-contract.ts";
import {
  batchOf,
  fedRows,
  histories,
  prepared,
  randomWorld,
  rankedItems,
  scoreOf,
} from "../../contracts/factor-world.ts";
import { inFloat64 } from "../../contracts/graph-values.ts";

factorMethodContract("rrd", [
  { k: 3, drawn: 2, pool: 5 },
  { k: 12, drawn: 12, pool: 12 },
  { k: 1, drawn: 1, pool: 2, sampling: "none" },
]);

const world = await randomWorld();
const rank = (user: number) => rankedItems(world.teacher, user, histories[user]);
const s = (user: number, item: number) => scoreOf(world.student, user, item);
const sumExp = (user: number, chosen: readonly number[]) =>
  chosen.reduce((sum, i) => sum + Math.exp(s(user, i)), 0);

it.each([
  ["sum", 1],
  ["mean", 1 / 5],
] as const)(
  "is the list likelihood with its tail, by hand, a user counted once in a %s",
  async (reduction, w) => {
    const { feeds, values, loss } = await prepared(rrd, world, { k: 3, drawn: 2, pool: 5 });
    const batch = batchOf(reduction);
    const [lists, tails] = [fedRows(feeds(batch)["rrd.items"]!), fedRows(feeds(batch)["rrd.tail"]!)];
    let expected = 0;
    batch.users.forEach((user, b) => {
      const list = lists[b]!.slice(0, Math.min(3, rank(user).length));
      const tail = rank(user).length > 5 ? tails[b]! : []; // the others' pool is all they have not seen
      list.forEach((item, k) => {
        expected += 0.1 * w * (Math.log(sumExp(user, [...list.slice(k), ...tail])) - s(user, item));
      });
    });
    expect(inFloat64(loss, values(batch))[0]).toBeCloseTo(expected, 5);
  },
);

it("draws interesting items from the teacher's best in its order, and a tail from the rest, neither seen", async () => {
  const { plan, feeds } = await prepared(rrd, world, { k: 3, drawn: 2, pool: 5 });
  const batch = batchOf("sum", [0, 1, 2]);
  const seen = new Set<string>();
  for (let epoch = 0; epoch < 20; epoch++) {
    await plan.prepare!(new Random(epoch), epoch);
    const [lists, tails] = [fedRows(feeds(batch)["rrd.items"]!), fedRows(feeds(batch)["rrd.tail"]!)];
    seen.add(JSON.stringify([lists, tails]));
    batch.users.forEach((user, b) => {
      const places = lists[b]!.map((item) => rank(user).indexOf(item));
      expect(places).toEqual([...new Set(places)].sort((x, y) => x - y));
      expect(places.every((p) => p >= 0 && p < 5)).toBe(true);
      const tail = tails[b]!.map((item) => rank(user).indexOf(item));
      expect(new Set(tail).size).toBe(2);
      expect(tail.every((p) => p >= 5)).toBe(true);
    });
  }
  expect(seen.size).toBe(20);
});

it("draws the first with probability exp(-rank / T)", async () => {
  const { plan, feeds } = await prepared(rrd, world, { k: 1, drawn: 1, pool: 3, temperature: 2 });
  const counts = [0, 0, 0];
  for (let epoch = 0; epoch < 400; epoch++) {
    await plan.prepare!(new Random(epoch), epoch);
    for (const user of [0, 1, 2])
      counts[rank(user).indexOf(fedRows(feeds(batchOf("sum", [user]))["rrd.items"]!)[0]![0]!)]!++;
  }
  const weights = [0, 1, 2].map((r) => Math.exp(-r / 2));
  const total = weights.reduce((a, b) => a + b);
  counts.forEach((n, r) => expect(Math.abs(n / 1200 - weights[r]! / total)).toBeLessThan(0.05));
});

it("without sampling takes the head of the teacher's list", async () => {
  const { feeds } = await prepared(rrd, world, { k: 3, drawn: 2, pool: 5, sampling: "none" });
  const batch = batchOf("sum", [0, 1, 2]);
  expect(fedRows(feeds(batch)["rrd.items"]!)).toEqual([0, 1, 2].map((u) => rank(u).slice(0, 3)));
});

it("uses no item for a user who has seen all, two for one who has two left", async () => {
  const { feeds } = await prepared(rrd, world, { k: 3, drawn: 2, pool: 5 });
  const batch = batchOf("sum", [3, 4]);
  expect(fedRows(feeds(batch)["rrd.keep"]!)).toEqual([[0, 0, 0], [1, 1, 0]]); // prettier-ignore
  expect(fedRows(feeds(batch)["rrd.tailMask"]!).flat()).toEqual([-1e9, -1e9, -1e9, -1e9]);
});

it.each([
  [{ k: 13 }, "rrd option k: expected at most 12, the size of the catalogue, got 13. Set k to 12 or less."],
  [{ k: 3, drawn: 20 }, "rrd option drawn: expected at most 12, the size of the catalogue, got 20."],
  [
    { k: 3, drawn: 2, pool: 2 },
    "rrd option k: expected at most 2, the option pool that items are drawn from, got 3.",
  ],
])("complains of %j", async (o, message) => {
  await expect(prepared(rrd, world, o)).rejects.toThrow(message);
});
