import { expect, it } from "vitest";
import { mf, type Model } from "../../../src/models/index.ts";
import { modelScorer } from "../../../src/train/index.ts";
import { modelContract } from "../../contracts/model-contract.ts";
import { oneThread } from "../../contracts/graph-values.ts";

const model = mf as Model;
modelContract(model);

it("a known user's vector counts, an unknown user is the mean of the history's items", async () => {
  const options = model.options.parse({ width: 2, maxLength: 4 });
  const weights = {
    users: { shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) },
    items: { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, -6) },
  };
  const scorer = await modelScorer({ model, options, weights, device: oneThread });
  const histories = [Int32Array.of(2), Int32Array.of(2, 0), Int32Array.of(0, 1), new Int32Array(0)];
  const scores = Array.from(await scorer.score(Int32Array.of(0, 1, -1, -1), histories));
  expect(scores.slice(0, 6)).toEqual([1, 3, 5, 2, 4, -6]);
  const mean = [2, 3]; // of items 0 and 1
  const folded = [[1, 2], [3, 4], [5, -6]].map(([x, y]) => x! * mean[0]! + y! * mean[1]!); // prettier-ignore
  folded.forEach((s, i) => expect(scores[6 + i]).toBeCloseTo(s, 4));
  expect(scores.slice(9)).toEqual([0, 0, 0]);
});
