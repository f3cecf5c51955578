import { expect, it } from "vitest";
import { dcd } from "../../../src/methods/index.ts";
import { Random } from "../../../src/random.ts";
import { factorMethodContract } from "../../contracts/factor-method-contract.ts";
import {
  batchOf,
  fedRows,
  histories,
  prepared,
  randomFactors,
  randomWorld,
  rankedItems,
  scoreOf,
  worldOf,
} from "../../contracts/factor-world.ts";
import { inFloat64 } from "../../contracts/graph-values.ts";

factorMethodContract("dcd", [
  { k: 3, pool: 5 },
  { k: 1, pool: 100 },
  { k: 4, sampling: "none" },
]);

const world = await randomWorld();
/** d of each of the teacher's best unseen items, in the teacher's order. */
function errors(user: number, pool = 12) {
  const student = rankedItems(world.student, user);
  const best = rankedItems(world.teacher, user, histories[user]).slice(0, pool);
  return best.map((item, place) => ({ item, d: student.indexOf(item) - place }));
}

it("is the list likelihood of under- above over-estimated items, by hand", async () => {
  const { feeds, values, loss } = await prepared(dcd, world, { k: 3, pool: 5 });
  const batch = batchOf();
  const [under, over] = [fedRows(feeds(batch)["dcd.under"]!), fedRows(feeds(batch)["dcd.over"]!)];
  let expected = 0;
  batch.users.forEach((user, b) => {
    const length = Math.min(3, errors(user, 5).length);
    const exp = (item: number) => Math.exp(scoreOf(world.student, user, item));
    const e = over[b]!.slice(0, length).reduce((sum, i) => sum + exp(i), 0);
    const list = under[b]!.slice(0, length);
    list.forEach((item, k) => {
      const below = list.slice(k).reduce((sum, i) => sum + exp(i), e);
      expected += 0.01 * (Math.log(below) - Math.log(exp(item)));
    });
  });
  expect(inFloat64(loss, values(batch))[0]).toBeCloseTo(expected, 6);
});

it("draws the first by how far the student is wrong, each way", async () => {
  const [t, user] = [3, 2];
  const { plan, feeds } = await prepared(dcd, world, { k: 2, pool: 12, temperature: t });
  const counts = { "dcd.under": new Map<number, number>(), "dcd.over": new Map<number, number>() };
  const rounds = 1500;
  for (let epoch = 0; epoch < rounds; epoch++) {
    await plan.prepare!(new Random(epoch), epoch);
    for (const side of ["dcd.under", "dcd.over"] as const) {
      const [first, second] = fedRows(feeds(batchOf("sum", [user]))[side]!)[0]!;
      expect(second).not.toBe(first);
      counts[side].set(first!, (counts[side].get(first!) ?? 0) + 1);
    }
  }
  for (const [side, sign] of [
    ["dcd.under", 1],
    ["dcd.over", -1],
  ] as const) {
    const weights = errors(user).map(({ d }) => Math.max(Math.tanh(Math.max((sign * d) / t, 0)), 1e-5));
    const total = weights.reduce((a, b) => a + b);
    errors(user).forEach(({ item }, p) =>
      expect(Math.abs((counts[side].get(item) ?? 0) / rounds - weights[p]! / total)).toBeLessThan(0.05),
    );
  }
});

it("without sampling takes the most mistaken first, ties in the teacher's order", async () => {
  const { feeds } = await prepared(dcd, world, { k: 3, pool: 5, sampling: "none" });
  for (const user of [0, 1, 2]) {
    const found = feeds(batchOf("sum", [user]));
    const sorted = (sign: number) => [...errors(user, 5)].sort((a, b) => sign * (b.d - a.d)).slice(0, 3);
    expect(fedRows(found["dcd.under"]!)[0]).toEqual(sorted(1).map(({ item }) => item));
    expect(fedRows(found["dcd.over"]!)[0]).toEqual(sorted(-1).map(({ item }) => item));
  }
});

it("finds no error where student and teacher agree, and keeps to the teacher's order", async () => {
  const same = await worldOf(randomFactors(3, 1), randomFactors(3, 1));
  const { feeds } = await prepared(dcd, same, { k: 4, sampling: "none" });
  const best = rankedItems(same.teacher, 2).slice(0, 4);
  expect(fedRows(feeds(batchOf("sum", [2]))["dcd.under"]!)[0]).toEqual(best);
  expect(fedRows(feeds(batchOf("sum", [2]))["dcd.over"]!)[0]).toEqual(best);
});

it("uses no item for a user who has seen all, two for one who has two left", async () => {
  const { feeds } = await prepared(dcd, world, { k: 3, pool: 5 });
  expect(fedRows(feeds(batchOf("sum", [3, 4]))["dcd.keep"]!)).toEqual([[0, 0, 0], [1, 1, 0]]); // prettier-ignore
});

it("complains of more items than there are", async () => {
  await expect(prepared(dcd, world, { k: 13 })).rejects.toThrow(
    "dcd option k: expected at most 12, the items that are drawn from: pool, and the catalogue, got 13. Set k to 12 or less.",
  );
  await expect(prepared(dcd, world, { k: 6, pool: 5 })).rejects.toThrow("dcd option k: expected at most 5");
});
