import { expect, it } from "vitest";
import { gather, input, mul, sum, type Tensor } from "../../../src/graph/index.ts";
import { leavesOf, type Parameters } from "../../../src/models/index.ts";
import { Step } from "../../../src/train/index.ts";
import { oneThread } from "../../contracts/graph-values.ts";

const weights: Parameters = { w: { shape: [1], data: Float32Array.of(2) } };
const leaves = leavesOf(weights);
const s = input("s", [3, 2]);
const scores = { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] };
const chosen = gather(s, input("rows", [2], "int32"));

/** The gradient of the scores that a loss takes, and of the weight. */
async function gradientsOf(loss: Tensor) {
  const scored = { inputs: [{ name: "s", leaf: s, left: "a", right: "b", rows: "r", chosen: "c" }], most: 6 };
  const task = {
    ...{ weights, leaves, loss, scored, dropout: [] },
    epoch: () => ({ steps: 0, batch: () => ({ feeds: {}, weight: 0 }) }),
  };
  const step = await Step.compile(task, oneThread);
  const found = await step.run([{ s: scores, rows: { data: Int32Array.of(2, 0), shape: [2] } }]);
  return { scores: Array.from(found.scored!["s"]!), w: Array.from(found.gradients["w"]!.dense!) };
}

it("scores have their gradient where the loss takes all of them, some rows, or both", async () => {
  const all = await gradientsOf(sum(mul(s, leaves["w"]!)));
  expect(all).toEqual({ scores: [2, 2, 2, 2, 2, 2], w: [21] });
  const some = await gradientsOf(sum(mul(chosen, leaves["w"]!)));
  expect(some).toEqual({ scores: [2, 2, 0, 0, 2, 2], w: [1 + 2 + 5 + 6] });
  const both = await gradientsOf(mul(mul(sum(s), sum(chosen)), sum(leaves["w"]!)));
  expect(both).toEqual({ scores: [70, 70, 28, 28, 70, 70], w: [21 * 14] }); // 2 (14 + 21), 2 * 14
});
