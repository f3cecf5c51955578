import { expect, it } from "vitest";
import { sasrec, type TrainedModel } from "../../../src/models/index.ts";
import { Random } from "../../../src/random.ts";
import { modelScorer } from "../../../src/train/index.ts";
import { oneThread } from "../../contracts/graph-values.ts";
import { modelContract } from "../../contracts/model-contract.ts";
import { packingContract } from "../../contracts/packing-contract.ts";

const model = sasrec as TrainedModel;
modelContract(model);

const twoHeads = sasrec.options.parse({ width: 8, heads: 2, blocks: 3, maxLength: 6 });
const draw = new Random(3);
const some = [1, 3, 6, 4].map((n) => draw.sample(11, n));
packingContract(sasrec, twoHeads, model.parameters({ users: 1, items: 11 }, twoHeads, draw), some);

it("the order of a history matters, the user does not", async () => {
  const options = model.options.parse({ width: 8, maxLength: 6 });
  const weights = model.parameters({ users: 1, items: 9 }, options, new Random(1));
  const scorer = await modelScorer({ model, options, weights, device: oneThread });
  const score = async (user: number, ...history: number[]) =>
    Array.from(await scorer.score(Int32Array.of(user), [Int32Array.from(history)]));
  expect(await score(0, 1, 2, 3)).toEqual(await score(-1, 1, 2, 3));
  expect(await score(0, 2, 1, 3)).not.toEqual(await score(0, 1, 2, 3));
});
