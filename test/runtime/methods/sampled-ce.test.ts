import { expect, it } from "vitest";
import { ce, sampledCe, type FactorMethod } from "../../../src/methods/index.ts";
import { factorMethodContract } from "../../contracts/factor-method-contract.ts";
import {
  batchOf,
  fedRows,
  inputsOf,
  items,
  prepared,
  randomFactors,
  randomWorld,
  rankedItems,
  scoreOf,
  worldOf,
} from "../../contracts/factor-world.ts";
import { gradientOf, inFloat64 } from "../../contracts/graph-values.ts";

factorMethodContract("sampled-ce", [
  { k: 3, own: 3, drawn: 2, weight: 1 },
  { k: 2, own: 4, drawn: 0, temperature: 2, weight: 1 },
  { k: 4, own: 4, drawn: 20, weight: 1 },
]);

const world = await randomWorld();
const lossOf = async <O>(method: FactorMethod<O>, options: Record<string, unknown>) => {
  const { values, loss } = await prepared(method, world, options);
  return inFloat64(loss, values(batchOf()))[0]!;
};

it("is the whole catalogue's cross-entropy when the rest is drawn whole, the union's when none is", async () => {
  const options = { k: 3, temperature: 2, weight: 1 };
  const all = await lossOf(ce, { ...options, guide: "all" });
  expect(await lossOf(sampledCe, { ...options, own: 3, drawn: 12 })).toBeCloseTo(all, 4);
  const union = await lossOf(ce, { ...options, guide: "union" });
  expect(await lossOf(sampledCe, { ...options, own: 3, drawn: 0 })).toBeCloseTo(union, 4);
});

it("counts a drawn item for as many as it stands for, by hand", async () => {
  const { feeds, values, loss } = await prepared(sampledCe, world, { k: 3, own: 2, drawn: 2, weight: 1 });
  const batch = batchOf();
  let expected = 0;
  fedRows(feeds(batch)["sce.items"]!).forEach((row, b) => {
    const user = batch.users[b]!;
    const best = [
      ...rankedItems(world.teacher, user).slice(0, 3),
      ...rankedItems(world.student, user).slice(0, 2),
    ];
    expect(row.slice(0, 5)).toEqual(best);
    const [exact, drawn] = [new Set(best), row.slice(5)];
    expect(drawn.some((item) => exact.has(item))).toBe(false);
    const terms = [
      ...[...exact].map((item) => [item, 1] as const),
      ...drawn.map((item) => [item, (items - exact.size) / 2] as const),
    ];
    const raw = (side: typeof world.teacher) =>
      terms.map(([item, w]) => w * Math.exp(scoreOf(side, user, item)));
    const total = (xs: readonly number[]) => xs.reduce((a, x) => a + x);
    const [t, s] = [raw(world.teacher), raw(world.student)];
    t.forEach((x, j) => (expected -= 2 * (x / total(t)) * Math.log(s[j]! / total(s))));
  });
  expect(inFloat64(loss, values(batch))[0]).toBeCloseTo(expected, 4);
});

it("is at its minimum where student and teacher agree, whatever was drawn", async () => {
  const same = await worldOf(randomFactors(2, 2), randomFactors(2, 2));
  const { loss, values } = await prepared(sampledCe, same, { k: 3, own: 2, drawn: 2, weight: 1 });
  const gradient = inFloat64(gradientOf(loss, inputsOf(loss).get("users")!), values());
  for (const g of gradient) expect(g).toBeCloseTo(0, 5);
});

it("complains of sets larger than the catalogue", async () => {
  await expect(prepared(sampledCe, world, { k: 3, own: 13 })).rejects.toThrow(
    "sampled-ce option own: expected at most 12, the size of the catalogue",
  );
});
