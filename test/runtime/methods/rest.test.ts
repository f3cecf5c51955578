/** The rest of a catalogue from drawn items, against the sum over all. */
import { expect, it } from "vitest";
import { fromLists, transposed } from "../../../src/dataset/index.ts";
import { sum, type Feed } from "../../../src/graph/index.ts";
import {
  clDrd,
  ensembleRrd,
  hetcomp,
  mtd,
  type FactorStudent,
  type TrajectoryMethod,
} from "../../../src/methods/index.ts";
import { drawnFeeds, logRest, Rest } from "../../../src/methods/rest.ts";
import { Random } from "../../../src/random.ts";
import {
  batchOf,
  fedRows,
  histories,
  inputsOf,
  items,
  randomFactors,
  scoreOf,
  studentOf,
  users,
} from "../../contracts/factor-world.ts";
import { gradientOf, inFloat64, onRuntime, value, type Values } from "../../contracts/graph-values.ts";
import { preparedFor, trajectoryWorld } from "../../contracts/trajectory-world.ts";

const world = await trajectoryWorld();
const student = randomFactors(2, 2);
const everybody = [...Array(users).keys()];
const catalogue = [...Array(items).keys()];

/** Training items, of which user 2 has none. */
const closed = fromLists(histories);
const openOf = (u: number) => catalogue.filter((item) => !histories[u]!.includes(item));
const sumExp = (u: number, chosen: readonly number[]) =>
  chosen.reduce((total, item) => total + Math.exp(scoreOf(student, u, item)), 0);

const asked: FactorStudent = studentOf(2, {});
/** n drawn items and nothing ranked. */
const drawnAlone = (n: number) => ({ rest: n, ranked: 0 });
const valuesOf = (feeds: Record<string, Feed>): Values => ({
  users: value(Array.from(student.users.data), [users, 2]),
  items: value(Array.from(student.items.data), [items, 2]),
  "kd.users": value(everybody),
  ...Object.fromEntries(
    Object.entries(feeds).map(([name, { data, shape }]) => [name, value(Array.from(data, Number), shape)]),
  ),
});
const worldValues = (feeds: Record<string, Feed>): Values => ({
  ...valuesOf(feeds),
  users: value(Array.from(world.student.users.data), [users, world.student.users.width]),
  items: value(Array.from(world.student.items.data), [items, world.student.items.width]),
});
const drawnValues = (drawn: readonly number[]) =>
  valuesOf(drawnFeeds(closed, transposed(closed, items), Int32Array.from(everybody), Int32Array.from(drawn)));

it("is the open drawn items' sum, times what each stands for, on ONNX Runtime as well", async () => {
  const drawn = [7, 0, 5, 11, 8];
  const [logE, values] = [logRest(asked, drawnAlone(drawn.length), items), drawnValues(drawn)];
  const [found, onnx] = [inFloat64(logE, values), await onRuntime(logE, values)];
  const open = [[7, 11, 8], [7, 0, 11, 8], drawn, [], [11]];
  const sizes = [8, 10, 12, 0, 2];
  for (const u of [0, 1, 2, 4]) {
    const expected = Math.log((sizes[u]! / open[u]!.length) * sumExp(u, open[u]!));
    expect(found[u]).toBeCloseTo(expected, 6);
    expect(onnx[u]).toBeCloseTo(expected, 5);
  }
});

it("has none for a user who has seen everything, nor where no open item is drawn", async () => {
  const drawn = [1, 2, 3];
  const [logE, values] = [logRest(asked, drawnAlone(drawn.length), items), drawnValues(drawn)];
  for (const found of [inFloat64(logE, values), await onRuntime(logE, values)]) {
    expect(found.map((x) => x < -1e8)).toEqual([false, false, false, true, true]);
    expect(found.every(Number.isFinite)).toBe(true);
  }
  const ofUsers = inFloat64(gradientOf(sum(logE), inputsOf(logE).get("users")!), values);
  expect(ofUsers.every(Number.isFinite)).toBe(true);
});

it("is E on average over all draws that hold an open item", () => {
  const [n, logE] = [4, logRest(asked, drawnAlone(4), items)];
  const [total, size] = [new Float64Array(users), new Float64Array(users)];
  const draws = subsets(catalogue, n);
  expect(draws.length).toBe(495);
  for (const drawn of draws) {
    const found = inFloat64(logE, drawnValues(drawn));
    for (const u of everybody)
      if (drawn.some((item) => openOf(u).includes(item))) {
        total[u]! += Math.exp(found[u]!);
        size[u]!++;
      }
  }
  expect(Array.from(size)).toEqual([494, 495, 495, 0, 285]);
  for (const u of [0, 1, 2, 4]) expect(total[u]! / size[u]! / sumExp(u, openOf(u))).toBeCloseTo(1, 6);
});

it("is one draw of different items for all users of a batch, by the given randomness", async () => {
  const [all, six] = [new Rest(world.sides, drawnAlone(0)), new Rest(world.sides, drawnAlone(6))];
  for (const rest of [all, six]) await rest.prepare(closed);
  const feedsOf = (rest: Rest, seed: number) => rest.feeds(Int32Array.from(everybody), new Random(seed));
  const feeds = (seed: number) => feedsOf(six, seed);
  const drawn = feeds(1)["rest.drawn"]!;
  expect(drawn.shape).toEqual([7]); // the last again the first, to fill up with
  expect(new Set(fedRows(drawn)[0]).size).toBe(6);
  expect(feeds(1)).toEqual(feeds(1));
  const counts = new Float64Array(items);
  for (let seed = 0; seed < 1000; seed++)
    for (const item of feeds(seed)["rest.drawn"]!.data.subarray(0, 6)) counts[Number(item)]!++;
  expect(Math.min(...counts)).toBeGreaterThan(420); // 500 on average, deviation 16
  expect(Math.max(...counts)).toBeLessThan(580);
  expect(Object.keys(feedsOf(all, 1))).toEqual(["rest.closed"]);
});

it("sums the student's best open items exactly, and draws for the others alone", async () => {
  const o = { rest: 4, ranked: 3 };
  const rest = new Rest(world.sides, o);
  const listed = [4, 0, 6, -1, 11]; // closed, besides
  await rest.prepare(
    fromLists(histories.map((history, u) => (u === 3 ? history : [...history, listed[u]!]))),
  );
  const score = (u: number, item: number) => scoreOf(world.student, u, item);
  const sum = (u: number, of: readonly number[]) => of.reduce((n, item) => n + Math.exp(score(u, item)), 0);
  for (let seed = 0; seed < 20; seed++) {
    const feeds = rest.feeds(Int32Array.from(everybody), new Random(seed));
    const drawn = fedRows(feeds["rest.drawn"]!)[0]!.slice(0, 4);
    const found = inFloat64(logRest(asked, o, items), worldValues(feeds));
    for (const u of [0, 1, 2, 4]) {
      const unseen = catalogue.filter((item) => !histories[u]!.includes(item));
      const best = unseen.sort((a, b) => score(u, b) - score(u, a) || a - b).slice(0, 3);
      const open = unseen.filter((item) => item !== listed[u]);
      const others = open.filter((item) => !best.includes(item));
      const met = others.filter((item) => drawn.includes(item));
      const estimate = met.length === 0 ? 0 : (others.length / met.length) * sum(u, met);
      const exact = sum(
        u,
        open.filter((item) => best.includes(item)),
      );
      expect(Math.exp(found[u]!)).toBeCloseTo(exact + estimate, 5);
    }
  }
});
const learners = [
  ["hetcomp while the curriculum runs", hetcomp, { k: 10, observed: 3, transfer: "overall" }],
  ["hetcomp afterwards", hetcomp, { k: 10, observed: 3, transfer: "finer" }],
  ["ensemble-rrd", ensembleRrd, { k: 4 }],
  ["mtd", mtd, { k: 4 }],
  ["cl-drd", clDrd, { k: 4, stages: 2 }],
] as const;

it.each(learners)("with every item drawn or ranked is the exact one: %s", async (_name, method, o) => {
  const sizes = [[0, 0], [items, 0], [items, 3], [3, items], [3, 200]] as const; // prettier-ignore
  const found = await Promise.all(
    sizes.map(async ([rest, ranked]) => {
      const given = { ...o, rest, ranked, weight: 1 };
      const { loss, values } = await preparedFor(method as TrajectoryMethod<unknown>, world, given);
      const gradients = ["users", "items"].flatMap((leaf) =>
        inFloat64(gradientOf(loss, inputsOf(loss).get(leaf)!), values()),
      );
      return [...inFloat64(loss, values()), ...gradients];
    }),
  );
  for (const other of found.slice(1))
    found[0]!.forEach((exact, n) => expect(other[n]).toBeCloseTo(exact, 10));
});

it.each(learners)("draws anew for every batch, and not more than there is: %s", async (_name, method, o) => {
  const given = (rest: number) => preparedFor(method as TrajectoryMethod<unknown>, world, { ...o, rest }, 0);
  const { feeds } = await given(4);
  const drawn = (seed: number) => fedRows(feeds(batchOf(), seed)["rest.drawn"]!)[0];
  expect(drawn(1)).not.toEqual(drawn(2));
  await expect(given(13)).rejects.toThrow(
    `${method.name} option rest: expected at most 12, the size of the catalogue, got 13.`,
  );
});

/** All choices of n. */
function subsets(of: readonly number[], n: number): number[][] {
  if (n === 0) return [[]];
  return of.flatMap((first, at) => subsets(of.slice(at + 1), n - 1).map((others) => [first, ...others]));
}
