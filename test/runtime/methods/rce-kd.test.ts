import { expect, it } from "vitest";
import { ce, rceKd } from "../../../src/methods/index.ts";
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

factorMethodContract("rce-kd", [
  { k: 3, drawn: 2, pool: 5, weight: 1 },
  { mode: "paper", k: 4, drawn: 3, pool: 12, weight: 1 },
  { k: 12, drawn: 12, pool: 1, weight: 1 },
  { k: 4, drawn: 3, pool: 6, weight: 1, unseen: true },
]);
factorMethodContract(
  "ce",
  ["teacher", "student", "union", "all"].map((guide) => ({ guide, k: 3 })),
);

const world = await randomWorld();

/** Cross-entropy of two softmaxes on a set, by definition. */
function crossEntropy(user: number, set: readonly number[]): number {
  const softmax = (side: typeof world.teacher) => {
    const raw = set.map((item) => Math.exp(scoreOf(side, user, item)));
    return raw.map((x) => x / raw.reduce((a, b) => a + b));
  };
  const q = softmax(world.student);
  return softmax(world.teacher).reduce((sum, p, j) => sum - p * Math.log(q[j]!), 0);
}

it.each(["code", "paper"] as const)("rce-kd in mode %s is its two cross-entropies, by hand", async (mode) => {
  const { feeds, values, loss } = await prepared(rceKd, world, {
    mode,
    k: 3,
    drawn: 2,
    pool: 5,
    weight: 10,
    beta: 2,
  });
  const batch = batchOf();
  let expected = 0;
  fedRows(feeds(batch)["rest.items"]!).forEach((row, b) => {
    const user = batch.users[b]!;
    const own = rankedItems(world.student, user).slice(0, 3);
    const wanted = rankedItems(world.teacher, user).slice(0, 3);
    const drawn = row.slice(0, 2);
    expect(rankedItems(world.student, user).slice(0, 5)).toEqual(expect.arrayContaining(drawn));
    expect(new Set(drawn).size).toBe(2);
    const overlap = wanted.filter((i) => (mode === "code" ? drawn : own).includes(i)).length / 3;
    const gamma = Math.exp(-2 * overlap);
    const rest = [...drawn, ...wanted.filter((i) => !drawn.includes(i) && !own.includes(i))];
    expected += 2 * 10 * ((1 - gamma) * crossEntropy(user, own) + gamma * crossEntropy(user, rest));
  });
  expect(inFloat64(loss, values(batch))[0]).toBeCloseTo(expected, 4);
});

it("rce-kd of unseen items has no training item in its sets, and nothing to say where all are seen", async () => {
  const { feeds, values, loss } = await prepared(rceKd, world, { k: 3, drawn: 2, pool: 5, unseen: true });
  const batch = batchOf();
  const fed = feeds(batch);
  for (const name of ["own", "rest"]) {
    const [rows, masks] = [fedRows(fed[`${name}.items`]!), fedRows(fed[`${name}.mask`]!)];
    batch.users.forEach((user, b) => {
      const kept = rows[b]!.filter((_, j) => masks[b]![j] === 0);
      expect(kept.filter((item) => histories[user]!.includes(item))).toEqual([]);
      expect(kept.length > 0).toBe(user !== 3);
    });
  }
  const alone = batchOf("sum", [3]);
  expect(inFloat64(loss, values(alone))[0]).toBeCloseTo(0, 10);
});

it("rce-kd and full ce are at their minimum where student and teacher agree", async () => {
  const same = await worldOf(randomFactors(2, 2), randomFactors(2, 2));
  for (const { loss, values } of [
    await prepared(rceKd, same, { k: 3, drawn: 2, pool: 5, weight: 1 }),
    await prepared(ce, same, { guide: "all" }),
  ])
    inFloat64(gradientOf(loss, inputsOf(loss).get("users")!), values()).forEach((g) =>
      expect(g).toBeCloseTo(0, 5),
    );
});

it.each([
  ["teacher", 512],
  ["student", 512],
  ["union", 512],
  ["all", 512],
  ["all", 0],
] as const)("ce guided by %s, %i MiB to keep probabilities, by hand", async (guide, keep) => {
  const { values, loss } = await prepared(ce, world, { guide, k: 3, keep });
  const batch = batchOf("mean");
  let expected = 0;
  for (const user of batch.users) {
    const [t, s] = [
      rankedItems(world.teacher, user).slice(0, 3),
      rankedItems(world.student, user).slice(0, 3),
    ];
    const set = {
      teacher: t,
      student: s,
      union: [...new Set([...t, ...s])],
      all: rankedItems(world.teacher, user),
    };
    expected += crossEntropy(user, set[guide]) / 5;
  }
  expect(inFloat64(loss, values(batch))[0]).toBeCloseTo(expected, 5);
});

it("complains of sets larger than what there is", async () => {
  await expect(prepared(ce, world, { k: 13 })).rejects.toThrow(
    "ce option k: expected at most 12, the size of the catalogue",
  );
  await expect(prepared(rceKd, world, { k: 13 })).rejects.toThrow("rce-kd option k: expected at most 12");
  await expect(prepared(rceKd, world, { k: 3, pool: 5, drawn: 6 })).rejects.toThrow(
    "rce-kd option drawn: expected at most 5, the items to draw from, got 6. Set drawn to 5 or less.",
  );
  await expect(prepared(rceKd, world, { k: 3, drawn: 13 })).rejects.toThrow(
    "rce-kd option drawn: expected at most 12",
  );
});
