import { expect, it } from "vitest";
import { de, pckd } from "../../../src/methods/index.ts";
import { Random } from "../../../src/random.ts";
import { factorMethodContract } from "../../contracts/factor-method-contract.ts";
import {
  batchOf,
  fedRows,
  inputsOf,
  prepared,
  randomWorld,
  rankedItems,
  scoreOf,
} from "../../contracts/factor-world.ts";
import { gradientOf, inFloat64, onRuntime, type Values } from "../../contracts/graph-values.ts";

factorMethodContract("pckd", [{ experts: 2, alpha: 0, drawn: 3 }]);
factorMethodContract(
  "pckd",
  [
    { experts: 2, drawn: 3, pool: 6 },
    { experts: 1, drawn: 12, annealing: 0.2 },
  ],
  {
    differentiable: false, // where vectors are constants, differences see what gradients do not
  },
);

const world = await randomWorld();
const softmax = (z: readonly number[]) => {
  const raw = z.map((x) => Math.exp(x - Math.max(...z)));
  return raw.map((x) => x / raw.reduce((a, b) => a + b));
};

/** What one expert makes of a student's vector: relu(x W1 + b1) W2 + b2. */
function ofOneExpert(known: Values, side: "users" | "items", id: number): number[] {
  const [s, t, h] = [2, 3, 2];
  const own = (name: string) => known[`own.${side}.${name}`]!.data;
  const x = Array.from(known[side]!.data.subarray(id * s, (id + 1) * s));
  const hidden = Array.from(
    { length: h },
    (_, j) =>
    Math.max(0, x.reduce((sum, y, i) => sum + y * own("w1")[i * h + j]!, own("b1")[j]!)), // prettier-ignore
  );
  return Array.from({ length: t }, (_, d) =>
    hidden.reduce((sum, y, j) => sum + y * own("w2")[j * t + d]!, own("b2")[d]!),
  );
}

it.each([
  ["sum", 2],
  ["mean", 1 / 5],
] as const)("is DE and the student's order among rebuilt vectors, by hand: %s", async (reduction, c) => {
  const o = { experts: 1, drawn: 4, alpha: 0.5, temperature: 2 };
  const [ours, alone] = [await prepared(pckd, world, o), await prepared(de, world, { experts: 1 })];
  const batch = batchOf(reduction);
  const known = ours.values(batch);
  const lists = fedRows(ours.feeds(batch)["pckd.items"]!);
  let order = 0;
  batch.users.forEach((user, b) => {
    const before = softmax(lists[b]!.map((item) => scoreOf(world.student, user, item) / 2));
    const u = ofOneExpert(known, "users", user);
    const after = softmax(
      lists[b]!.map(
        (item) => ofOneExpert(known, "items", item).reduce((sum, x, d) => sum + x * u[d]!, 0) / 2,
      ),
    );
    order -= before.reduce((sum, p, q) => sum + p * Math.log(after[q]!), 0);
  });
  const expected = inFloat64(alone.loss, alone.values(batch))[0]! + 0.05 * 0.5 * c * order;
  expect(inFloat64(ours.loss, known)[0]).toBeCloseTo(expected, 5);
  expect((await onRuntime(ours.loss, known))[0]).toBeCloseTo(expected, 3);
});

it("moves the experts by the order, and the student by DE alone", async () => {
  const gradients = async (alpha: number) => {
    const { loss, values } = await prepared(pckd, world, { experts: 2, drawn: 4, alpha });
    const of = (leaf: string) => inFloat64(gradientOf(loss, inputsOf(loss).get(leaf)!), values());
    return { student: [of("users"), of("items")], experts: of("own.items.w1") };
  };
  const [without, with_] = [await gradients(0), await gradients(1)];
  expect(with_.student).toEqual(without.student);
  expect(with_.experts).not.toEqual(without.experts);
});

it("draws distinct items of the teacher's best, seen or not, anew before every epoch", async () => {
  const { plan, feeds } = await prepared(pckd, world, { experts: 1, drawn: 3, pool: 5 });
  const seen = new Set<string>();
  for (let epoch = 0; epoch < 20; epoch++) {
    await plan.prepare!(new Random(epoch), epoch);
    const lists = fedRows(feeds(batchOf("sum", [0, 1, 2, 3, 4]))["pckd.items"]!);
    seen.add(JSON.stringify(lists));
    lists.forEach((list, user) => {
      expect(new Set(list).size).toBe(3);
      const best = rankedItems(world.teacher, user).slice(0, 5);
      expect(list.every((item) => best.includes(item))).toBe(true);
    });
  }
  expect(seen.size).toBe(20);
});

it("complains of more items than there are to draw from", async () => {
  await expect(prepared(pckd, world, { drawn: 6, pool: 5 })).rejects.toThrow(
    "pckd option drawn: expected at most 5, the items to draw from, got 6.",
  );
});
