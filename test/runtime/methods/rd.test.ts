import { expect, it } from "vitest";
import { rd } from "../../../src/methods/index.ts";
import { factorMethodContract } from "../../contracts/factor-method-contract.ts";
import {
  batchOf,
  fedRows,
  histories,
  items,
  prepared,
  randomWorld,
  rankedItems,
  scoreOf,
} from "../../contracts/factor-world.ts";
import { inFloat64 } from "../../contracts/graph-values.ts";

factorMethodContract("rd", [
  { k: 3, drawn: 10 },
  { k: 12, drawn: 10, start: 0 },
]);

const world = await randomWorld();
const best = (user: number, k: number) => rankedItems(world.teacher, user, histories[user]).slice(0, k);

it.each([
  ["rank alone before epoch `start`", 4],
  ["rank times the student's delay from it on", 5],
])("weights items by %s, by hand", async (_text, epoch) => {
  const o = { k: 4, drawn: 11, lambda: 2, mu: 0.3, start: 5 };
  const { feeds, values, loss } = await prepared(rd, world, o, { epoch });
  const batch = batchOf();
  const drawn = fedRows(feeds(batch)["rd.drawn"]!);
  let expected = 0;
  batch.users.forEach((user, b) => {
    const s = (item: number) => scoreOf(world.student, user, item);
    const w = best(user, 4).map((item, j) => {
      const share = drawn[b]!.filter((i) => s(i) > s(item)).length / 11;
      const delay = Math.floor((items - 1) * share + 1e-6) + 1 - j;
      return Math.exp(-j / 2) * (epoch >= 5 ? Math.max(0, Math.tanh(0.3 * delay)) : 1);
    });
    const total = w.reduce((a, c) => a + c, 0) || 1;
    best(user, 4).forEach((item, j) => (expected += 2 * (w[j]! / total) * Math.log(1 + Math.exp(-s(item)))));
  });
  expect(inFloat64(loss, values(batch))[0]).toBeCloseTo(expected, 5);
});

it("lists the teacher's best unseen items and estimates ranks on unseen ones", async () => {
  const { feeds } = await prepared(rd, world, { k: 3, drawn: 200 });
  for (const user of [0, 1, 2, 4]) {
    const found = feeds(batchOf("sum", [user]));
    const length = Math.min(3, 12 - histories[user]!.length);
    expect(fedRows(found["rd.items"]!)[0]!.slice(0, length)).toEqual(best(user, 3));
    expect(fedRows(found["rd.keep"]!)[0]).toEqual([0, 1, 2].map((j) => Number(j < length)));
    expect(new Set(fedRows(found["rd.drawn"]!)[0])).toEqual(new Set(best(user, 12)));
  }
  expect(fedRows(feeds(batchOf("sum", [3]))["rd.keep"]!)).toEqual([[0, 0, 0]]);
});

it("complains of a list longer than the catalogue", async () => {
  await expect(prepared(rd, world, { k: 13 })).rejects.toThrow("rd option k: expected at most 12");
});
