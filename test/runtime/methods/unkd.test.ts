import { expect, it } from "vitest";
import { fromLists } from "../../../src/dataset/index.ts";
import { popularityGroups, unkd } from "../../../src/methods/index.ts";
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
  train,
} from "../../contracts/factor-world.ts";
import { inFloat64 } from "../../contracts/graph-values.ts";

factorMethodContract("unkd", [{ drawn: 4 }, { drawn: 3, groups: 5, pool: 2 }]);

const world = await randomWorld();

it("cuts items by popularity into groups of equal popularity, those nobody has met into none", () => {
  const lists = [[0, 1], [0, 1], [0, 2], [0, 3], [4]]; // popularity 4 2 1 1 1, half of 9 is reached after two items
  const cut = (groups: number) => popularityGroups(fromLists(lists), 7, groups).map((g) => Array.from(g));
  expect(cut(2)).toEqual([[0, 1], [2, 3, 4]]); // prettier-ignore
  expect(cut(1)).toEqual([[0, 1, 2, 3, 4]]);
  expect(cut(9)).toEqual([[0], [1], [2], [3], [4]]);
  expect(popularityGroups(fromLists([[], []]), 7, 2)).toEqual([]);
});

it("is the mean over pairs of -log sigmoid of their difference, by hand", async () => {
  const { feeds, values, loss } = await prepared(unkd, world, { drawn: 4 });
  const batch = batchOf();
  const [better, worse] = [fedRows(feeds(batch)["unkd.better"]!), fedRows(feeds(batch)["unkd.worse"]!)];
  let expected = 0;
  batch.users.forEach((user, b) => {
    const s = (item: number) => scoreOf(world.student, user, item);
    const pairs = better[b]!.map((i, n) => [i, worse[b]![n]!] as const).filter(([i, j]) => i !== j);
    for (const [i, j] of pairs) expected += (2 * 0.5 * Math.log(1 + Math.exp(s(j) - s(i)))) / pairs.length;
  });
  expect(inFloat64(loss, values(batch))[0]).toBeCloseTo(expected, 5);
});

it("draws both items of a pair from one group, in the teacher's order, unseen, half the pairs from each that has two", async () => {
  const groups = popularityGroups(train, 12, 2).map((g) => Array.from(g));
  expect(groups).toHaveLength(2);
  const { plan, feeds } = await prepared(unkd, world, { drawn: 4, pool: 3 });
  for (let epoch = 0; epoch < 20; epoch++) {
    await plan.prepare!(new Random(epoch), epoch);
    for (const user of [1, 2]) {
      const found = feeds(batchOf("sum", [user]));
      const [better, worse] = [fedRows(found["unkd.better"]!)[0]!, fedRows(found["unkd.worse"]!)[0]!];
      expect(fedRows(found["unkd.w"]!)[0]).toEqual([0.25, 0.25, 0.25, 0.25]);
      const lists = groups.map((g) => rankedItems(world.teacher, user, histories[user]).filter((i) => g.includes(i)).slice(0, 3)); // prettier-ignore
      better.forEach((i, n) => {
        const list = lists[n % 2]!;
        expect(list.indexOf(i)).toBeGreaterThanOrEqual(0);
        expect(list.indexOf(worse[n]!)).toBeGreaterThan(list.indexOf(i));
      });
    }
  }
  const weights = fedRows(feeds(batchOf("sum", [0, 3]))["unkd.w"]!);
  expect(weights).toEqual([[0.5, 0.5, 0, 0], [0, 0, 0, 0]]); // prettier-ignore
});
