/** What every model keeps; a model's test file calls this and adds its own known answers. */
import { describe, expect, it } from "vitest";
import { row } from "../../src/dataset/index.ts";
import { scoreByTables } from "../../src/evaluate/index.ts";
import { hashWeights } from "../../src/export/index.ts";
import { input, interpret } from "../../src/graph/index.ts";
import { leavesOf, padHistories, scoresOf, type Model, type Parameters } from "../../src/models/index.ts";
import { Random } from "../../src/random.ts";
import { modelScorer } from "../../src/train/index.ts";
import { oneThread, value } from "./graph-values.ts";
import { packingContract } from "./packing-contract.ts";
import { freshWeights } from "./fresh-weights.ts";
import { checkerboard, knownTo, tinyLearn, type TinyRun } from "./tiny-run.ts";

const sizes = { users: 5, items: 13 };
const maxLength = 6;

/** Histories from one item to more than the model reads. */
const histories = Array.from({ length: maxLength + 5 }, (_, i) => new Random(i).sample(sizes.items, i + 1));

interface Own extends Pick<TinyRun, "modelOptions" | "fit"> {
  /** Whether what users have met matters. */
  readonly readsHistories?: boolean;
}

/** @param own options without which it learns tiny data by heart, or not at all */
export function modelContract(model: Model, { readsHistories = true, ...learning }: Own = {}): void {
  const options = model.options.parse(knownTo(model, { width: 8, hidden: 24, maxLength }));
  const parameters = (seed: number) => freshWeights(model, sizes, options, seed);
  const spread = model.kind === "fitted" ? parameters(1) : wider(parameters(1));

  async function scores(users: number[], lists: readonly Int32Array[], weights = spread): Promise<number[]> {
    const scorer = await modelScorer({ model, options, weights, device: oneThread });
    return Array.from(await scorer.score(Int32Array.from(users), lists));
  }
  const users = histories.map((_, i) => (i % (sizes.users + 1)) - 1); // -1 is an unknown user

  describe(`${model.name} as a model`, () => {
    it("has whole weights, and an item table where it is trained", () => {
      const weights = parameters(1);
      if (model.kind !== "fitted") expect(weights["items"]!.shape[0]).toBe(sizes.items);
      for (const { shape, data } of Object.values(weights)) {
        expect(data).toHaveLength(shape.reduce((n, d) => n * d, 1));
        expect(data.every(Number.isFinite)).toBe(true);
      }
    });

    it("starts from the same weights for the same seed, and from others for another", () => {
      expect(hashWeights(parameters(1))).toBe(hashWeights(parameters(1)));
      expect(hashWeights(parameters(2))).not.toBe(hashWeights(parameters(1)));
    });

    it("scores the whole catalogue for histories of any length", async () => {
      const found = await scores(users, histories);
      expect(found).toHaveLength(histories.length * sizes.items);
      expect(found.every(Number.isFinite)).toBe(true);
      expect(new Set(found.slice(0, sizes.items)).size).toBeGreaterThan(1);
    });

    it("scores a user alike alone and in any batch", async () => {
      const together = await scores(users, histories);
      for (const [b, history] of histories.entries()) {
        const alone = await scores([users[b]!], [history]);
        alone.forEach((s, i) => expect(together[b * sizes.items + i]).toBeCloseTo(s, 5));
      }
    });

    it("scores by its tables if it has any, in any order and number of users", async () => {
      const scorer = await modelScorer({ model, options, weights: spread, device: oneThread });
      const order = [...histories.keys()].reverse();
      expect(scorer.tables === undefined).toBe((model.vectors ?? model.tables) === undefined);
      if (scorer.tables === undefined) return;
      const tables = await scorer.tables(
        Int32Array.from(order, (n) => users[n]!),
        order.map((n) => histories[n]!),
      );
      const found = await scores(users, histories);
      order.forEach((b, n) => {
        for (let i = 0; i < sizes.items; i++)
          expect(scoreByTables(tables, n, i)).toBeCloseTo(found[b * sizes.items + i]!, 5);
      });
    });

    it("gives the float64 interpreter's scores", async () => {
      const { data, width } = padHistories(histories, maxLength);
      const [history, user] = [input("history", ["B", "T"], "int32"), input("user", ["B"], "int32")];
      const graph = scoresOf(model, leavesOf(spread), options, history, user);
      const weights = Object.entries(spread).map(
        ([n, w]) => [n, value(Array.from(w.data), w.shape)] as const,
      );
      const [exact] = interpret([graph], {
        ...Object.fromEntries(weights),
        history: value(Array.from(data), [histories.length, width]),
        user: value(users),
      });
      const found = await scores(users, histories);
      expect(exact!.shape).toEqual([histories.length, sizes.items]);
      exact!.data.forEach((e, i) => expect(Math.abs(found[i]! - e)).toBeLessThan(1e-4 * (1 + Math.abs(e))));
    });

    if (!readsHistories) return;

    it("reads the newest items only of a history that is too long", async () => {
      const long = histories.at(-1)!;
      const [whole, cut] = [await scores([-1], [long]), await scores([-1], [long.slice(-maxLength)])];
      expect(whole).toEqual(cut);
      expect(await scores([-1], [long.slice(1 - maxLength)])).not.toEqual(cut);
    });

    it("learns a checkerboard: users of one colour get items of their colour first", async () => {
      const dataset = checkerboard();
      const { scorer } = await tinyLearn({
        model,
        dataset,
        modelOptions: { ...knownTo(model, { width: 16 }), ...learning.modelOptions },
        fit: { epochs: 40, patience: 40, learningRate: 0.02, ...learning.fit },
      });
      const everybody = Int32Array.from({ length: dataset.users.size }, (_, u) => u);
      const shown = Array.from(everybody, (u) => row(dataset.train, u));
      const found = await scorer.score(everybody, shown);
      const right = Array.from(everybody, (u) => {
        const ranked = Array.from({ length: dataset.items.size }, (_, i) => i)
          .filter((i) => !shown[u]!.includes(i))
          .sort((a, b) => found[u * dataset.items.size + b]! - found[u * dataset.items.size + a]!);
        return ranked.slice(0, 3).filter((i) => i % 2 === u % 2).length;
      });
      expect(right.reduce((a, b) => a + b, 0)).toBeGreaterThanOrEqual(0.95 * 3 * everybody.length);
    });
  });
  if (model.kind === "sequence") packingContract(model, options, spread, histories);
}

/** Fresh weights are near zero, where mistakes hide: these are spread out, gains and biases too. */
function wider(weights: Parameters): Parameters {
  const random = new Random("wider");
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((x) => x + 0.3 * random.normal()) },
    ]),
  );
}
