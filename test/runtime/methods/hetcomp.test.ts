import { expect, it } from "vitest";
import { fromLists } from "../../../src/dataset/index.ts";
import { hetcomp } from "../../../src/methods/index.ts";
import { parseOptions } from "../../../src/options.ts";
import { Random } from "../../../src/random.ts";
import { batchOf, fedRows, histories, train } from "../../contracts/factor-world.ts";
import { drawn, inFloat64, onRuntime, value, type Values } from "../../contracts/graph-values.ts";
import { gather, input, matmul, reshape, restHead } from "../../../src/graph/index.ts";
import { trajectoryMethodContract } from "../../contracts/trajectory-method-contract.ts";
import {
  preparedFor,
  randomTrajectory,
  signalOfLists,
  trajectoryWorld,
} from "../../contracts/trajectory-world.ts";

const small = { k: 10, observed: 3, weight: 1, period: 1, pace: 1 };
trajectoryMethodContract("hetcomp", [
  small,
  { ...small, transfer: "finer", consistency: true },
  { ...small, curriculum: "fixed", transfer: "overall" },
  { ...small, curriculum: "random", discrepancy: "order", advance: "nearer" },
  { ...small, curriculum: "none", base: 0.5 },
  { ...small, rest: 7 },
]);

type Options = Parameters<typeof hetcomp.plan>[1];
const optionsOf = (given: Record<string, unknown>) =>
  parseOptions(hetcomp.options, given, "hetcomp") as Options;

const [users, items, d, k, observed] = [3, 400, 6, 100, 10];

/** Three users of 400 items: 10 to 20 training items, lists of one teacher; user 2 has a short list. */
async function large(given: Record<string, unknown>) {
  const random = new Random(7);
  const orders = [14, 10, 20].map((n) => ({ n, order: Array.from(random.sample(items, items)) }));
  const own = orders.map(({ n, order }) => order.slice(0, n));
  const lists = orders.map(({ n, order }, u) => order.slice(n, n + (u === 2 ? 30 : k)));
  const o = optionsOf({ curriculum: "none", ...given });
  const world = await trajectoryWorld();
  const places = [[own.flatMap((list) => [...list.keys()])]];
  const signal = signalOfLists([[lists]], k, places);
  const plan = await hetcomp.plan(
    { ...world.sides, teacher: signal, train: fromLists(own), users, items },
    o,
  );
  await plan.prepare!(new Random(1), 0);
  const [table, user] = [
    input("items", [items, d]),
    gather(input("users", [users, d]), input("kd.users", ["B"], "int32")),
  ];
  const loss = hetcomp.loss(
    {
      user,
      vectors: (chosen) => gather(table, chosen),
      scores: (chosen) =>
        reshape(matmul(reshape(user, ["B", 1, d]), gather(table, chosen), { transB: true }), chosen.shape),
      allScores: () => matmul(user, table, { transB: true }),
      rest: (closed) => restHead(user, table, closed),
      own: {},
    },
    { users, items, student: d },
    o,
  );
  const batch = batchOf("sum", [2, 0, 1]);
  const feeds = Object.entries(plan.feeds(batch, new Random(1)));
  const values: Values = {
    users: drawn([users, d], 1),
    items: drawn([items, d], 2),
    "kd.users": value([2, 0, 1]),
    ...Object.fromEntries(
      feeds.map(([name, { data, shape }]) => [name, value(Array.from(data, Number), shape)]),
    ),
  };
  const s = (u: number, i: number) => {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += values.users!.data[u * d + j]! * values.items!.data[i * d + j]!;
    return sum;
  };
  const sumExp = (u: number, chosen: readonly number[]) =>
    chosen.reduce((sum, i) => sum + Math.exp(s(u, i)), 0);
  /** E over the unseen items that are not among the first n of the list. */
  const rest = (u: number, n: number) => sumExp(u, openOf(u, n));
  const openOf = (u: number, n: number) =>
    [...Array(items).keys()].filter((i) => !own[u]!.includes(i) && !lists[u]!.slice(0, n).includes(i));
  /** The same from the drawn items. */
  const drawnRest = (u: number, n: number) => {
    const open = openOf(u, n);
    const found = Array.from(values["rest.drawn"]!.data.slice(0, -1)).filter((i) => open.includes(i));
    return (open.length / found.length) * sumExp(u, found);
  };
  return { loss, values, own, lists, s, sumExp, rest, drawnRest };
}

it("is L_O in closed form while the curriculum runs, on ONNX Runtime as well", async () => {
  const { loss, values, own, lists, s, rest } = await large({ transfer: "overall" });
  let expected = 0;
  for (let u = 0; u < users; u++)
    for (const i of [...own[u]!.slice(0, observed), ...lists[u]!])
      expected -= Math.log(Math.exp(s(u, i)) / (Math.exp(s(u, i)) + rest(u, k)));
  expect(inFloat64(loss, values)[0]! / (0.01 * expected)).toBeCloseTo(1, 12);
  expect((await onRuntime(loss, values))[0]! / (0.01 * expected)).toBeCloseTo(1, 5);
});

it("is L_F in closed form afterwards, with .005", async () => {
  const { loss, values, own, lists, s, rest } = await large({ transfer: "adaptive" });
  let expected = 0;
  for (let u = 0; u < users; u++) {
    const list = (chosen: readonly number[], e: number) =>
      chosen.reduce((sum, i, n) => {
        const below = chosen.slice(n).reduce((total, j) => total + Math.exp(s(u, j)), e);
        return sum - Math.log(Math.exp(s(u, i)) / below);
      }, 0);
    expected += list(own[u]!.slice(0, observed), rest(u, 50));
    expected += 0.5 * (list(lists[u]!.slice(0, 50), rest(u, 50)) + list(lists[u]!.slice(0, 10), rest(u, 10)));
  }
  expect(inFloat64(loss, values)[0]! / (0.005 * expected)).toBeCloseTo(1, 12);
  expect((await onRuntime(loss, values))[0]! / (0.005 * expected)).toBeCloseTo(1, 5);
});

it("from a drawn rest is the same with its estimate of E, that of the shorter list with what is between", async () => {
  const { loss, values, own, lists, s, sumExp, drawnRest } = await large({
    transfer: "finer",
    rest: 80,
    ranked: 0,
  });
  let expected = 0;
  for (let u = 0; u < users; u++) {
    const list = (chosen: readonly number[], e: number) =>
      chosen.reduce((sum, i, n) => sum + Math.log(sumExp(u, chosen.slice(n)) + e) - s(u, i), 0);
    const half = drawnRest(u, 50);
    const head = half + sumExp(u, lists[u]!.slice(10, 50));
    expected += list(own[u]!.slice(0, observed), half);
    expected += 0.5 * (list(lists[u]!.slice(0, 50), half) + list(lists[u]!.slice(0, 10), head));
  }
  expect(inFloat64(loss, values)[0]! / (0.005 * expected)).toBeCloseTo(1, 7);
  expect((await onRuntime(loss, values))[0]! / (0.005 * expected)).toBeCloseTo(1, 5);
});

it("feeds the ensemble's list of each user's states, and closes it with the training items", async () => {
  const world = await trajectoryWorld();
  const { feeds } = await preparedFor(
    hetcomp,
    world,
    { ...small, curriculum: "fixed", transfer: "overall" },
    1,
  );
  const batch = batchOf("sum", [0, 1]);
  const [{ lists }, { lists: others }] = [
    world.sides.teacher.states[0]![1]!,
    world.sides.teacher.states[1]![1]!,
  ];
  const sums = new Map<number, number>();
  for (const table of [lists, others])
    table.slice(0, 6).forEach((item, place) => sums.set(item, (sums.get(item) ?? 0) + Math.exp(-place / 10)));
  const expected = [...sums.keys()].sort((a, b) => sums.get(b)! - sums.get(a)!).slice(0, 10);
  const [first, second] = fedRows(feeds(batch)["best.items"]!);
  expect(first!.slice(0, expected.length)).toEqual(expected);
  expect(second!.slice(0, 6)).toEqual(Array.from(lists.subarray(6, 12))); // the second teacher knows nothing of user 1
  expect(fedRows(feeds(batch)["best.keep"]!)[1]).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 0, 0]);
  expect(new Set(fedRows(feeds(batch)["rest.closed"]!)[0])).toEqual(new Set([...histories[0]!, ...expected]));
});

it("goes on where memory says it stood, and checks nothing twice before one epoch", async () => {
  const world = await trajectoryWorld();
  const run = await preparedFor(hetcomp, world, small, 2);
  const again = await hetcomp.plan(world.sides, optionsOf(small));
  for (const [name, { data }] of Object.entries(run.plan.memory!)) again.memory![name]!.data.set(data);
  expect(await again.prepare!(new Random(2), 2)).toBeUndefined();
  expect(again.feeds(batchOf(), new Random(1))).toEqual(run.feeds());
});

it.each([
  ["last", false],
  ["start", true],
] as const)("lets patience count from the %s: %s", async (patienceFrom, settled) => {
  const { plan } = await preparedFor(hetcomp, await trajectoryWorld(), { ...small, patienceFrom });
  expect(plan.settled!()).toBe(settled);
  for (let epoch = 1; epoch < 12 && !plan.settled!(); epoch++) await plan.prepare!(new Random(epoch), epoch);
});

it("of teachers that always say the same goes through all states in the time of one check each", async () => {
  const [signal] = [randomTrajectory()];
  const same = signal.states[0]![0]!;
  const world = await trajectoryWorld({ ...signal, states: signal.states.map((own) => own.map(() => same)) });
  const { plan, feeds } = await preparedFor(hetcomp, world, { ...small, alpha: 1 });
  const before = feeds();
  const events = [];
  for (let epoch = 1; epoch <= 4; epoch++) events.push(await plan.prepare!(new Random(epoch), epoch));
  // the student does not move, so that d / D = 1 > th = .995^epoch
  expect(events.map((event) => event?.teachers["teacher 0"]!.mean)).toEqual([0, 1, 2, undefined]);
  expect(events.map((event) => event?.done)).toEqual([false, false, true, undefined]);
  expect(feeds()["best.items"]).toEqual(before["best.items"]);
  const weights = (fed: typeof before) =>
    ["overall.c", "finer.c"].map((name) => Array.from(fed[name]!.data, Number));
  expect([weights(before), weights(feeds())]).toEqual([
    [[1, 1, 1, 1, 1], [0]],
    [[0], [1, 1, 1, 1, 1]],
  ]);
  expect(train.items.length).toBeGreaterThan(0);
});

it("complains of lists longer than the catalogue", async () => {
  await expect(preparedFor(hetcomp, await trajectoryWorld(), { k: 13 })).rejects.toThrow(
    "hetcomp option k: expected at most 12, the size of the catalogue, got 13. Set k to 12 or less.",
  );
});
