import { describe, expect, it } from "vitest";
import { input } from "../../../src/graph/index.ts";
import { cml, leavesOf, type UserModel } from "../../../src/models/index.ts";
import { modelScorer } from "../../../src/train/index.ts";
import { differences, drawn, gradientOf, inFloat64, oneThread, value } from "../../contracts/graph-values.ts";
import { modelContract } from "../../contracts/model-contract.ts";
import { checkerboard, tinyLearn } from "../../contracts/tiny-run.ts";

const model = cml as UserModel;
modelContract(model, { modelOptions: { width: 4, negatives: 4 } });

const options = model.options.parse({ width: 2, maxLength: 4 });
const weights = {
  users: { shape: [2, 2], data: Float32Array.of(1, 0, 0.6, -0.5) },
  items: { shape: [4, 2], data: Float32Array.of(0.5, 0.5, -0.2, 0.9, 0, 0, 0.7, -0.7) },
};
const point = (name: "users" | "items", row: number) =>
  Array.from(weights[name].data.subarray(2 * row, 2 * row + 2)) as [number, number];
const squared = ([x, y]: [number, number]) => x * x + y * y;
const apart = ([a, b]: [number, number], [x, y]: [number, number]) => squared([a - x, b - y]);

it("scores fall as the distance grows; an unseen user stands at the mean of the history, or at the origin", async () => {
  const scorer = await modelScorer({ model, options, weights, device: oneThread });
  const histories = [[2], [0], [1, 3], []].map((list) => Int32Array.from(list));
  const scores = await scorer.score(Int32Array.of(0, 1, -1, -1), histories);
  const at = [point("users", 0), point("users", 1), [0.25, 0.1], [0, 0]] as [number, number][];
  at.forEach((u, b) => {
    for (let i = 0; i < 4; i++)
      expect(squared(u) - 2 * scores[4 * b + i]!).toBeCloseTo(apart(u, point("items", i)), 5);
  });
});

describe("the loss of pairs", () => {
  const leaves = leavesOf(weights);
  const loss = model.pairLoss!(leaves, options, input("u", ["N"], "int32"), input("i", ["N", 3], "int32"));
  const [u, i] = [[0, 1, 1], [[0, 1, 2], [3, 1, 1], [0, 3, 2]]]; // prettier-ignore
  const given = {
    users: value(Array.from(weights.users.data), [2, 2]),
    items: value(Array.from(weights.items.data), [4, 2]),
    u: value(u),
    i: value(i.flat(), [3, 3]),
  };

  it("is that of the equation: the margin that is missing between seen and unseen", () => {
    const hinges = u.flatMap((user, n) => {
      const [seen, ...unseen] = i[n]!.map((item) => apart(point("users", user), point("items", item)));
      return unseen.map((far) => Math.max(0, 1 + seen! - far));
    });
    expect(hinges).toContain(0);
    expect(inFloat64(loss, given)[0]).toBeCloseTo(hinges.reduce((a, b) => a + b) / hinges.length, 9);
  });

  it("has the gradient of finite differences", () => {
    const moved = { ...given, users: drawn([2, 2], 1), items: drawn([4, 2], 2) };
    for (const name of ["users", "items"]) {
      const found = inFloat64(gradientOf(loss, leaves[name]!), moved);
      expect(found.some((g) => Math.abs(g) > 0.01)).toBe(true);
      differences(loss, name, moved).forEach((e, n) => expect(found[n]).toBeCloseTo(e, 6));
    }
  });
});

it.each(["skip", "move"])(
  "training keeps every point within the unit ball, untouched: %s",
  async (untouched) => {
    const { weights: trained } = await tinyLearn({
      model,
      dataset: checkerboard(),
      modelOptions: { width: 3 },
      taskOptions: { batchSize: 8 },
      fit: { learningRate: 0.2, epochs: 3, untouched },
    });
    for (const name of ["users", "items"]) {
      const { data } = trained[name]!;
      const lengths = Array.from({ length: data.length / 3 }, (_, r) =>
        Math.hypot(...data.subarray(3 * r, 3 * r + 3)),
      );
      expect(Math.max(...lengths)).toBeLessThanOrEqual(1 + 1e-6);
      expect(lengths.filter((length) => length > 0.999).length).toBeGreaterThan(0);
    }
  },
);
