import { expect, it } from "vitest";
import { popularity, type FittedModel } from "../../../src/models/index.ts";
import { modelScorer } from "../../../src/train/index.ts";
import { oneThread } from "../../contracts/graph-values.ts";
import { modelContract } from "../../contracts/model-contract.ts";

const model = popularity as FittedModel;
modelContract(model, { readsHistories: false });

it("counts users, each once, whoever asks", async () => {
  const met = { user: Int32Array.of(0, 0, 0, 1, 1, 2), item: Int32Array.of(2, 2, 0, 2, 1, 2) };
  const weights = model.fit(met, { users: 4, items: 4 }, {});
  const scorer = await modelScorer({ model, options: {}, weights, device: oneThread });
  const histories = [new Int32Array(0), Int32Array.of(3, 1)];
  const scores = await scorer.score(Int32Array.of(-1, 2), histories);
  expect(Array.from(scores)).toEqual([1, 1, 3, 0, 1, 1, 3, 0]);
});
