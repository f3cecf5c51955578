import { expect, it } from "vitest";
import { Curriculum, isDue, threshold, type CurriculumOptions } from "../../../src/methods/curriculum.ts";
import { Discrepancy } from "../../../src/methods/discrepancy.ts";
import { Random } from "../../../src/random.ts";
import { signalOfLists } from "../../contracts/trajectory-world.ts";

const released: CurriculumOptions = {
  curriculum: "dynamic",
  period: 10,
  alpha: 1.05,
  advance: "either",
  discrepancy: "set",
  pace: 30,
};

it.each([
  [20, 1.0395],
  [50, 1.024],
  [90, 1.0037],
  [100, 0.9987],
])("asks at epoch %i for the factor %f", (epoch, th) => {
  expect(threshold(1.05, epoch / 10)).toBeCloseTo(th, 4);
});

it.each([
  [0.5, 0.4, 1.04, "nearer", true], // came nearer
  [0.5, 0.49, 1.04, "either", false],
  [0.5, 0.5, 1.04, "either", false],
  [0.5, 0.6, 1.04, "either", true], // moved away
  [0.5, 0.6, 1.04, "nearer", false],
  [0.5, 0, 1.04, "nearer", true], // d / 0
  [0, 0, 1.04, "nearer", true], // 0 / 0
  [NaN, NaN, 1.04, "nearer", true], // a state that lists nothing
  [1, 1, 0.998, "nearer", true], // from epoch 100 on
] as const)("%f, now %f, th %f, %s: %s", (before, now, th, rule, due) => {
  expect(isDue(before, now, th, rule)).toBe(due);
});

/** Three users, one teacher of three states, lists of two; the student's lists are changed by hand. */
function three(lists: number[][][], o: Partial<CurriculumOptions> = {}) {
  const signal = signalOfLists([lists], 2);
  return new Curriculum(signal, { users: 3, items: 10, tail: Uint8Array.of(1, 0, 0) }, { ...released, ...o });
}

const lists = [
  [[0, 1], [0, 1], [0, 1]],
  [[2, 3], [2, 3], [2, 3]],
  [[4, 5], [4, 5], []],
]; // prettier-ignore
const random = new Random(1);

it("is the dynamic construction, by hand: nearer, unmoved, and there already", async () => {
  const curriculum = three(lists);
  const student = (...rows: number[]) => () => Promise.resolve(Int32Array.from(rows)); // prettier-ignore
  const states = () => [0, 1, 2].map((u) => curriculum.stateOf(0, u));
  expect(await curriculum.step(0, random, student())).toBe(false);
  expect(await curriculum.step(9, random, student())).toBe(false);
  // epoch 10: d only, from state 1: users 0 and 1 share nothing, user 2 both items: D = 0
  expect(await curriculum.step(10, random, student(8, 9, 8, 9, 2, 3))).toBe(true);
  expect(states()).toEqual([0, 0, 0]);
  const second =
    (1 - 2 ** Math.exp(-0.1)) / (-Math.log2(3) * (1 + (1 - 2 ** Math.exp(-0.1)) / -Math.log2(3)));
  // epoch 20: user 0 has item 2 in second place; user 1 as before, 1 / 1; user 2 is there still, 0 / 0
  await curriculum.step(20, random, student(8, 2, 8, 9, 2, 3));
  expect(states()).toEqual([1, 0, 1]);
  expect(curriculum.memory.distance.data[1]).toBe(1);
  expect(second).toBeGreaterThan(0.3); // far more than th asks for
  // epoch 30: user 0 comes no nearer to state 2; user 2 has nothing to wait for in a state without a list
  await curriculum.step(30, random, student(8, 2, 8, 9, 2, 3));
  expect(states()).toEqual([1, 0, 2]);
  expect(curriculum.event(30)).toEqual({
    type: "curriculum",
    epoch: 30,
    last: 2,
    teachers: { "teacher 0": { mean: 1, head: 1, tail: 1 } },
    done: false,
  });
});

it("is over at epoch 120 at the latest, with four states, alpha 1.05 and p 10; d / D > th alone is then too", async () => {
  const four = [...lists.slice(0, 2), lists[0]!, lists[1]!];
  for (const [o, end] of [
    [{}, 120],
    [{ advance: "nearer" }, 120],
    [{ alpha: 1.2, advance: "nearer" }, null],
  ] as const) {
    const curriculum = three(four, o);
    const still = () => Promise.resolve(Int32Array.of(8, 9, 8, 9, 8, 9)); // D stays 1
    let over: number | null = null;
    for (let epoch = 0; epoch < 200; epoch++) {
      await curriculum.step(epoch, random, still);
      if (curriculum.done) over ??= epoch;
    }
    expect(over).toBe(end);
  }
});

it("ends after the fastest student at epoch 40, and leaves alone what it was told twice", async () => {
  const curriculum = three([0, 1, 2, 3].map(() => lists[1]!));
  const there = () => Promise.resolve(Int32Array.of(2, 3, 2, 3, 2, 3));
  const moved: number[] = [];
  for (let epoch = 0; epoch < 60; epoch++)
    for (const _twice of [1, 2]) if (await curriculum.step(epoch, random, there)) moved.push(epoch);
  expect(moved[0]).toBe(10);
  expect(new Set(moved).size).toBe(moved.length);
  expect(moved.at(-1)).toBe(40);
});

it("goes on with time where it is fixed, in no order where it is random, and not at all without a curriculum", async () => {
  const ask = () => Promise.reject(new Error("nobody is to be ranked"));
  const course = async (kind: CurriculumOptions["curriculum"]) => {
    const curriculum = three(lists, { curriculum: kind, pace: 2 });
    const seen: number[][] = [];
    for (let epoch = 0; epoch < 6; epoch++) {
      await curriculum.step(epoch, new Random(epoch), ask);
      seen.push([0, 1, 2].map((u) => curriculum.stateOf(0, u)).concat(Number(curriculum.done)));
    }
    return seen;
  };
  const at = (state: number, done: number) => [state, state, state, done];
  expect(await course("fixed")).toEqual([at(0, 0), at(0, 0), at(1, 0), at(1, 0), at(2, 1), at(2, 1)]);
  expect(await course("none")).toEqual([at(2, 0), at(2, 0), at(2, 0), at(2, 0), at(2, 1), at(2, 1)]);
  const drawn = await course("random");
  expect(drawn.slice(4)).toEqual([at(2, 1), at(2, 1)]);
  expect(new Set(drawn.slice(0, 4).flatMap((row) => row.slice(0, 3))).size).toBeGreaterThan(1);
});

it("is 1 - N@50 by its sum: normalised weights .2634, .1450, .1006, .0761, .0603", () => {
  const gauge = new Discrepancy(200, 50, "set");
  const student = Int32Array.from({ length: 60 }, (_, i) => i);
  gauge.open(student);
  [0.2634, 0.145, 0.1006, 0.0761, 0.0603].forEach((share, t) => {
    const list = Int32Array.from({ length: 60 }, (_, j) => (j === 7 ? t : 100 + j));
    expect(gauge.from(list)).toBeCloseTo(1 - share, 4);
  });
  expect(gauge.from(Int32Array.from(student).reverse().subarray(10))).toBe(0); // the order does not matter
  expect(gauge.from(Int32Array.of(-1, -1))).toBeNaN();
  const behind = Int32Array.from({ length: 60 }, (_, j) => (j >= 50 ? j - 50 : 100 + j));
  expect(gauge.from(behind)).toBe(1); // beyond the first 50
  gauge.open(Int32Array.of(-1, -1));
  expect(gauge.from(behind)).toBeNaN();
});

it("by order is 1 - NDCG with the gains of the teacher's ranks", () => {
  const gauge = new Discrepancy(10, 3, "order");
  gauge.open(Int32Array.of(4, 5, 6));
  const gain = (r: number) => 2 ** Math.exp(-r / 10) - 1;
  const most = gain(0) + gain(1) / Math.log2(3) + gain(2) / 2;
  expect(gauge.from(Int32Array.of(6, 9, 4))).toBeCloseTo(1 - (gain(2) + gain(0) / 2) / most, 4);
  expect(gauge.from(Int32Array.of(4, 5, 6))).toBe(0);
});
