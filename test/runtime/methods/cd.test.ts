import { expect, it } from "vitest";
import { cd } from "../../../src/methods/index.ts";
import { Random } from "../../../src/random.ts";
import { factorMethodContract } from "../../contracts/factor-method-contract.ts";
import {
  batchOf,
  fedRows,
  histories,
  inputsOf,
  prepared,
  randomFactors,
  randomWorld,
  rankedItems,
  scoreOf,
  worldOf,
} from "../../contracts/factor-world.ts";
import { gradientOf, inFloat64 } from "../../contracts/graph-values.ts";

factorMethodContract("cd", [{ pool: 4, drawn: 3 }, { guide: "teacher" }, { guide: "random" }]);

const world = await randomWorld();

it("is the cross-entropy of drawn items, by hand", async () => {
  const { feeds, values, loss } = await prepared(cd, world, { pool: 4, drawn: 3, t1: 3, t2: 0.5 });
  const batch = batchOf();
  let expected = 0;
  fedRows(feeds(batch)["cd.items"]!).forEach((row, b) => {
    const user = batch.users[b]!;
    if (user === 3) return; // has seen all
    for (const item of row) {
      const q = 1 / (1 + Math.exp(-(scoreOf(world.teacher, user, item) + 0.5) / 3));
      const p = 1 / (1 + Math.exp(-scoreOf(world.student, user, item)));
      expected += 2 * 0.5 * (-q * Math.log(p) - (1 - q) * Math.log(1 - p));
    }
  });
  expect(inFloat64(loss, values(batch))[0]).toBeCloseTo(expected, 5);
});

it("draws the better of two ranks of the guide's best unseen items", async () => {
  for (const [guide, side] of [
    ["student", world.student],
    ["teacher", world.teacher],
  ] as const) {
    const { feeds } = await prepared(cd, world, { guide, pool: 4, drawn: 20_000 });
    const [user, best] = [0, rankedItems(side, 0, histories[0]).slice(0, 4)];
    const drawn = fedRows(feeds(batchOf("sum", [user]))["cd.items"]!)[0]!;
    expect(new Set(drawn)).toEqual(new Set(best));
    best.forEach((item, r) => {
      const share = drawn.filter((i) => i === item).length / drawn.length;
      expect(Math.abs(share - (7 - 2 * r) / 16)).toBeLessThan(0.02); // practically uniform ranks
    });
  }
});

it("draws anew before every epoch, from the student as it is then", async () => {
  const moving = await worldOf(randomFactors(3, 1), randomFactors(2, 2));
  const { plan, feeds } = await prepared(cd, moving, { pool: 1, drawn: 1 });
  const batch = batchOf("sum", [0]);
  const best = () => rankedItems(moving.student, 0, histories[0])[0];
  const before = best();
  expect(fedRows(feeds(batch)["cd.items"]!)).toEqual([[before]]);
  moving.student.users.data.forEach((x, n) => (moving.student.users.data[n] = -x));
  expect(fedRows(feeds(batch)["cd.items"]!)).toEqual([[before]]);
  await plan.prepare!(new Random(1), 1);
  expect(fedRows(feeds(batch)["cd.items"]!)).toEqual([[best()]]);
  expect(best()).not.toBe(before);
});

it("is at its minimum where student and teacher agree", async () => {
  const same = randomFactors(2, 2);
  const { loss, values } = await prepared(cd, await worldOf(same, randomFactors(2, 2)), { t1: 1, drawn: 4 });
  for (const leaf of ["users", "items"])
    inFloat64(gradientOf(loss, inputsOf(loss).get(leaf)!), values()).forEach((g) =>
      expect(g).toBeCloseTo(0, 5),
    );
});
