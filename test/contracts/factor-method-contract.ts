/** What every method that learns from factors keeps; a method's test file calls this and adds its own known answers. */
import { describe, expect, it } from "vitest";
import { hashWeights } from "../../src/export/index.ts";
import { factorMethods, type FactorMethod } from "../../src/methods/index.ts";
import { parseOptions } from "../../src/options.ts";
import { differences, gradientOf, inFloat64 } from "./graph-values.ts";
import { batchOf, checkFeeds, inputsOf, prepared, randomWorld } from "./factor-world.ts";
import { tinyFactorTask, trainedTiny } from "./tiny-factor-task.ts";

const world = await randomWorld();

/** @param variants options that fit twelve items; the first is tried most. */
export function factorMethodContract(
  name: string,
  variants: readonly Record<string, unknown>[],
  { differentiable = true } = {},
): void {
  const method = factorMethods[name]!;
  describe(`${name} as a method`, () => {
    it("says in one sentence what it does, and has a default for every option and a weight", () => {
      expect(method.name).toBe(name);
      expect(method.summary.length).toBeGreaterThan(10);
      expect(Object.keys(method.options.parse({})).sort()).toEqual(Object.keys(method.options.shape).sort());
      expect(method.options.shape).toHaveProperty("weight");
      expect(() => parseOptions(method.options, { nonsense: 1 }, name)).toThrow(/nonsense: expected/);
    });

    describe.each(variants.map((o) => [JSON.stringify(o), o] as const))("with %s", (_text, o) => {
      it.each(["sum", "mean"] as const)(
        "feeds every input of its loss, in the right shape, for a %s",
        async (reduction) => {
          const { loss, values, feeds } = await prepared(method, world, o);
          const batch = batchOf(reduction);
          const known = values(batch);
          for (const input of inputsOf(loss).keys()) expect(Object.keys(known)).toContain(input);
          checkFeeds(loss, known, feeds(batch));
        },
      );

      it("has a finite loss and the gradient that differences show", async () => {
        const { loss, values, own } = await prepared(method, world, o);
        const known = values();
        expect(inFloat64(loss, known)[0]).toBeGreaterThan(-1e-9);
        for (const leaf of ["users", "items", ...Object.keys(own)]) {
          const tensor = inputsOf(loss).get(leaf);
          if (tensor === undefined) continue;
          const found = inFloat64(gradientOf(loss, tensor), known);
          expect(found.every(Number.isFinite)).toBe(true);
          if (differentiable && found.length < 200)
            differences(loss, leaf, known).forEach((d, i) => close(found[i]!, d));
        }
      });

      it("is 0 at weight 0, and gives nothing to a user of weight 0", async () => {
        const none = await prepared(method, world, { ...o, weight: 0 });
        expect(inFloat64(none.loss, none.values())[0]).toBeCloseTo(0, 12);
        const { loss, values } = await prepared(method, world, o);
        const batch = batchOf();
        const gradient = inFloat64(
          gradientOf(loss, inputsOf(loss).get("users")!),
          values({ ...batch, c: batch.c.map((c, b) => (b === 1 ? 0 : c)) }),
        );
        expect(gradient.slice(2 * batch.users[1]!, 2 * batch.users[1]! + 2)).toEqual([0, 0]);
        expect(gradient.some((g) => g !== 0)).toBe(true);
      });

      it("feeds the same for the same seed", async () => {
        const [a, b] = [await prepared(method, world, o), await prepared(method, world, o)];
        expect(b.feeds()).toEqual(a.feeds());
        expect(b.own).toEqual(a.own);
      });

      it("trains a student, to the same weights for the same seed", async () => {
        const a = await trained(method, o, "sum");
        expect(await trained(method, o, "sum")).toBe(a);
        expect(await trained(method, o, "mean")).not.toBe(a);
      });
    });
  });
}

function close(found: number, expected: number): void {
  expect(Math.abs(found - expected)).toBeLessThan(1e-5 * Math.max(1, Math.abs(expected)));
}

/** Two epochs of MF of five users who have one to ten items. @returns the hash of its weights. */
async function trained(
  method: FactorMethod,
  given: Record<string, unknown>,
  reduction: "sum" | "mean",
): Promise<string> {
  const task = await tinyFactorTask(method, given, { reduction });
  const learned = await trainedTiny(task, { epochs: 2, validateEvery: 1, learningRate: 0.01 });
  for (const { data } of Object.values(learned.weights)) expect(data.every(Number.isFinite)).toBe(true);
  return hashWeights(learned.weights);
}
