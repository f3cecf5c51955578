import { expect, it } from "vitest";
import { ftd } from "../../../src/methods/index.ts";
import { factorMethodContract } from "../../contracts/factor-method-contract.ts";
import {
  batchOf,
  inputsOf,
  prepared,
  randomFactors,
  randomWorld,
  worldOf,
} from "../../contracts/factor-world.ts";
import { gradientOf, inFloat64, onRuntime } from "../../contracts/graph-values.ts";
import type { Factors } from "../../../src/signals/index.ts";

factorMethodContract("ftd", [{}]);

const world = await randomWorld();
const batch = batchOf();
const chosenItems = [1, 5, 3, 7, 11, 8]; // 3 is a positive and a negative, and counts once

/** Cosines of all pairs of the batch. */
function cosines({ users, items }: Factors): number[] {
  const vector = ({ data, width }: Factors["users"], n: number) =>
    Array.from(data.subarray(n * width, (n + 1) * width));
  const rows = [
    ...Array.from(batch.users, (u) => vector(users, u)),
    ...chosenItems.map((i) => vector(items, i)),
  ];
  const unit = rows.map((r) => r.map((x) => x / Math.hypot(...r)));
  return unit.flatMap((a) => unit.map((b) => a.reduce((sum, x, d) => sum + x * b[d]!, 0)));
}

it.each([
  ["sum", 1],
  ["mean", 1 / 5],
] as const)("is the squared difference of all cosines, by hand: %s", async (reduction, scale) => {
  const { loss, values } = await prepared(ftd, world, {});
  const [t, s] = [cosines(world.teacher), cosines(world.student)];
  const expected = 0.001 * scale * t.reduce((sum, c, n) => sum + (c - s[n]!) ** 2, 0);
  expect(inFloat64(loss, values(batchOf(reduction)))[0]).toBeCloseTo(expected, 5);
  expect((await onRuntime(loss, values(batchOf(reduction))))[0]).toBeCloseTo(expected, 3);
});

it("is 0 with no gradient where the student's angles are the teacher's, at any length", async () => {
  const same = randomFactors(3, 1);
  const longer = { width: 3, data: same.users.data.map((x) => 3 * x) };
  const { loss, values } = await prepared(ftd, await worldOf(same, { users: longer, items: same.items }), {});
  expect(inFloat64(loss, values())[0]).toBeCloseTo(0, 6);
  for (const leaf of ["users", "items"])
    inFloat64(gradientOf(loss, inputsOf(loss).get(leaf)!), values()).forEach((g) =>
      expect(g).toBeCloseTo(0, 5),
    );
});
