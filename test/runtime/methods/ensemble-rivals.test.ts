/** The rivals of HetComp: what each makes of the ensemble at the last states. */
import { expect, it } from "vitest";
import { groupEnds, groupSize } from "../../../src/methods/cl-drd.ts";
import {
  clDrd,
  ensembleDcd,
  ensembleRceKd,
  ensembleRrd,
  mtd,
  type TrajectoryMethod,
} from "../../../src/methods/index.ts";
import { Ensemble } from "../../../src/methods/ensemble.ts";
import { Random } from "../../../src/random.ts";
import {
  batchOf,
  fedRows,
  histories,
  items,
  rankedItems,
  scoreOf,
  users,
} from "../../contracts/factor-world.ts";
import { inFloat64 } from "../../contracts/graph-values.ts";
import { trajectoryMethodContract } from "../../contracts/trajectory-method-contract.ts";
import { preparedFor, trajectoryWorld } from "../../contracts/trajectory-world.ts";

trajectoryMethodContract("ensemble-rrd", [{ k: 4 }, { k: 12, consistency: true }, { k: 4, rest: 5 }]);
trajectoryMethodContract("ensemble-dcd", [
  { k: 3 },
  { k: 3, sampling: "ranks" },
  { k: 3, curriculum: "dynamic", period: 1 },
]);
trajectoryMethodContract("ensemble-rce-kd", [
  { k: 3, drawn: 2, pool: 5 },
  { k: 3, drawn: 2, pool: 5, curriculum: "random", pace: 1 },
]);
trajectoryMethodContract("mtd", [{ k: 4 }, { k: 4, weights: "uniform" }, { k: 4, rest: 5 }]);
trajectoryMethodContract("cl-drd", [
  { k: 4, stages: 3, pace: 1 },
  { k: 11, stages: 2 },
  { k: 4, stages: 2, rest: 5 },
]);

const world = await trajectoryWorld();
const s = (user: number, item: number) => scoreOf(world.student, user, item);
const sumExp = (user: number, chosen: readonly number[]) =>
  chosen.reduce((sum, item) => sum + Math.exp(s(user, item)), 0);

const lists = (k: number, weights?: readonly number[]) => {
  const best = new Ensemble(world.sides.teacher, items, { decay: 10, consistency: false, weights }).best(
    users,
    k,
  ).items;
  return [...Array(users).keys()].map((u) =>
    Array.from(best.subarray(u * k, (u + 1) * k)).filter((item) => item >= 0),
  );
};

/** Every listed item against itself, what `later` says of its place, and the whole rest. */
function byHand(
  chosen: readonly number[][],
  later: (list: readonly number[], place: number) => readonly number[],
): number {
  let sum = 0;
  chosen.forEach((list, u) => {
    const rest = [...Array(items).keys()].filter((i) => !histories[u]!.includes(i) && !list.includes(i));
    list.forEach((item, place) => {
      sum += Math.log(sumExp(u, [item, ...later(list, place), ...rest])) - s(u, item);
    });
  });
  return sum;
}

const lossOf = async <O>(method: TrajectoryMethod<O>, o: Record<string, unknown>, epoch = 0) => {
  const { loss, values } = await preparedFor(method, world, { weight: 1, ...o }, epoch);
  return inFloat64(loss, values())[0];
};

it("ensemble-rrd is the likelihood of the order, above the whole rest", async () => {
  const expected = byHand(lists(4), (list, place) => list.slice(place + 1));
  expect(await lossOf(ensembleRrd, { k: 4 })).toBeCloseTo(expected, 5);
});

it("mtd is the same on the teachers weighted by their recall, and ensemble-rrd where all count alike", async () => {
  expect(await lossOf(mtd, { k: 4, weights: "uniform" })).toBe(await lossOf(ensembleRrd, { k: 4 }));
  const { feeds } = await preparedFor(mtd, world, { k: 4 });
  const { teacher, valid } = world.sides;
  const hits = teacher.states.map((states) => {
    const of = (u: number) => states.at(-1)!.lists.subarray(u * 6, u * 6 + 4);
    const shares = [0, 1, 2, 4].map((u) => {
      const wanted = Array.from(valid.items.subarray(valid.offsets[u], valid.offsets[u + 1]));
      return wanted.filter((item) => of(u).includes(item)).length / wanted.length;
    });
    return shares.reduce((sum, share) => sum + share, 0) / 4;
  });
  const weights = hits.map((hit) => (2 * hit) / (hits[0]! + hits[1]!));
  const chosen = lists(4, weights);
  const rows = fedRows(feeds(batchOf("sum", [0, 1, 2]))["list.items"]!);
  expect(rows.map((row, u) => row.slice(0, chosen[u]!.length))).toEqual([0, 1, 2].map((u) => chosen[u]));
});

it("cl-drd goes from one group to groups of one, when it is ensemble-rrd and patience counts", async () => {
  const o = { k: 4, stages: 3, pace: 2 };
  expect([0, 1, 2].map((stage) => groupSize(o, stage))).toEqual([4, 2, 1]);
  expect([0, 1, 2, 3].map((stage) => groupSize({ k: 100, stages: 4 }, stage))).toEqual([100, 22, 5, 1]);
  expect(Array.from(groupEnds(5, 5, 2))).toEqual([2, 2, 4, 4, 5]);
  expect(Array.from(groupEnds(5, 3, 2))).toEqual([2, 2, 5, 5, 5]);
  expect(await lossOf(clDrd, o, 0)).toBeCloseTo(
    byHand(lists(4), () => []),
    5,
  );
  const pairs = byHand(lists(4), (list, place) => list.slice(place < 2 ? 2 : 4));
  expect(await lossOf(clDrd, o, 2)).toBeCloseTo(pairs, 5);
  expect(await lossOf(clDrd, o, 4)).toBeCloseTo((await lossOf(ensembleRrd, { k: 4 }))!, 5);
  expect((await preparedFor(clDrd, world, o, 3)).plan.settled!()).toBe(false);
  expect((await preparedFor(clDrd, world, o, 4)).plan.settled!()).toBe(true);
});

it("ensemble-dcd takes the most mistaken items of all that the teachers list", async () => {
  const { feeds } = await preparedFor(ensembleDcd, world, { k: 2 });
  const fed = feeds(batchOf("sum", [0, 1, 2]));
  [0, 1, 2].forEach((u) => {
    const list = lists(12)[u]!;
    const rank = (item: number) => rankedItems(world.student, u).indexOf(item);
    const by = (sign: number) =>
      [...list.keys()]
        .sort((p, q) => sign * (rank(list[q]!) - q - rank(list[p]!) + p) || p - q)
        .map((p) => list[p]!);
    expect(fedRows(fed["dcd.under"]!)[u]).toEqual(by(1).slice(0, 2));
    expect(fedRows(fed["dcd.over"]!)[u]).toEqual(by(-1).slice(0, 2));
  });
});

it("ensemble-rce-kd teaches the softmax of importances", async () => {
  const { feeds } = await preparedFor(ensembleRceKd, world, { k: 3, drawn: 2, pool: 5, decay: 10 });
  const best = new Ensemble(world.sides.teacher, items, { decay: 10, consistency: false }).best(users, 12);
  const fed = feeds(batchOf("sum", [0]));
  const [own, p] = [fedRows(fed["own.items"]!)[0]!, fedRows(fed["own.p"]!)[0]!];
  const unseen = rankedItems(world.student, 0).filter((item) => !histories[0]!.includes(item));
  expect(own).toEqual(unseen.slice(0, 3));
  const exp = own.map((item) => Math.exp(best.importance[best.items.subarray(0, 12).indexOf(item)] ?? 0));
  p.forEach((found, n) => expect(found).toBeCloseTo(exp[n]! / exp.reduce((a, b) => a + b), 5));
});

it("rivals on a curriculum begin with the first states, and end with the finished ensemble when patience counts", async () => {
  const o = { k: 3, drawn: 2, pool: 5, weight: 1 };
  const climbing = { ...o, curriculum: "fixed", pace: 2 };
  const teaching = async (given: Record<string, unknown>, epoch: number) => {
    const { plan, feeds } = await preparedFor(ensembleRceKd, world, given, epoch);
    return { fed: feeds(batchOf()), settled: plan.settled?.() };
  };
  const last = world.sides.teacher.states[0]!.length - 1;
  const finished = await teaching(o, 2 * last);
  expect(finished.settled).toBeUndefined();
  const end = await teaching(climbing, 2 * last);
  expect(end).toEqual({ fed: finished.fed, settled: true });
  const begin = await teaching(climbing, 0);
  expect(begin.settled).toBe(false);
  expect(begin.fed["rest.p"]).not.toEqual((await teaching(o, 0)).fed["rest.p"]);
});

it("rivals on a curriculum that go on have the states that were reached, though nothing is due", async () => {
  const o = { k: 3, drawn: 2, pool: 5, curriculum: "dynamic", period: 10 };
  const plan = await ensembleRceKd.plan(world.sides, ensembleRceKd.options.parse(o) as never);
  const last = world.sides.teacher.states[0]!.length - 1;
  plan.memory!.reached!.data.fill(last);
  await plan.prepare!(new Random(1), 3);
  const done = await ensembleRceKd.plan(
    world.sides,
    ensembleRceKd.options.parse({ ...o, curriculum: "none" }) as never,
  );
  await done.prepare!(new Random(1), 3);
  expect(plan.feeds(batchOf(), new Random(2))).toEqual(done.feeds(batchOf(), new Random(2)));
});
