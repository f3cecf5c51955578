import { describe, expect, it } from "vitest";
import { pack } from "../../../src/dataset/index.ts";
import { input, mul, sum } from "../../../src/graph/index.ts";
import { bert4rec, gap, leavesOf, type Parameters, type SequenceModel } from "../../../src/models/index.ts";
import { Random } from "../../../src/random.ts";
import { modelScorer, packedFeeds, packedInputs } from "../../../src/train/index.ts";
import {
  differences,
  drawn,
  gradientOf,
  inFloat64,
  onRuntime,
  oneThread,
  value,
} from "../../contracts/graph-values.ts";
import { modelContract } from "../../contracts/model-contract.ts";
import { packingContract } from "../../contracts/packing-contract.ts";
import { shopContract } from "../../contracts/shop-contract.ts";
import { bert4recReference } from "./bert4rec-reference.ts";

const model = bert4rec as SequenceModel;
modelContract(model, { fit: { epochs: 120, patience: 120, learningRate: 0.005 } });
shopContract(model, [{ loss: "ce" }, { loss: "sampled", negatives: 16 }], {
  fit: { epochs: 60, patience: 60, learningRate: 0.003 },
});

const items = 7;
const o = {
  width: 4,
  blocks: 2,
  heads: 2,
  maxLength: 5,
  dropout: 0,
  maskProbability: 0.2,
  lastProbability: 0.1,
};
const draw = new Random(3);
const deep = { ...o, width: 8, blocks: 3, maxLength: 6 };
const some = [1, 3, 6, 4].map((n) => draw.sample(11, n));
packingContract(model, deep, model.parameters({ users: 1, items: 11 }, deep, draw), some);

/** As large as trained ones: fresh biases are 0. */
const weights: Parameters = Object.fromEntries(
  Object.entries(bert4rec.parameters({ users: 1, items }, o, new Random(1))).map(([name, w], n) => [
    name,
    { shape: w.shape, data: Float32Array.from(drawn(w.shape, n, (r) => 0.7 * r.normal()).data) },
  ]),
);
const histories = [[3, gap], [gap, 1, 4, gap, 0], [6, 2, 5, 1, gap, 3], [gap]]; // prettier-ignore

/** Encoded tokens of a packed batch as a graph, and the float64 values of its inputs. */
function packed() {
  const batch = pack(histories.map((list) => Int32Array.from(list)));
  const leaves = leavesOf(weights);
  const feeds = Object.entries({ ...weights, ...packedFeeds(batch) });
  const given = Object.fromEntries(feeds.map(([n, f]) => [n, value(Array.from(f.data, Number), f.shape)]));
  return {
    batch,
    leaves,
    given,
    hidden: bert4rec.encode(leaves, o, packedInputs(model), (x) => x),
  };
}

describe("bert4rec's equations", () => {
  it("are those of plain loops, for several histories in a row", async () => {
    const { batch, given, hidden } = packed();
    expect(batch.rows).toBeLessThan(histories.length);
    const [exact, single] = [inFloat64(hidden, given), await onRuntime(hidden, given)];
    histories.forEach((history, s) =>
      bert4recReference(weights, o, history).forEach((vector, i) =>
        vector.forEach((e, d) => {
          const at = (batch.starts[s]! + i) * o.width + d;
          expect(exact[at]).toBeCloseTo(e, 9);
          expect(single[at]).toBeCloseTo(e, 4);
        }),
      ),
    );
  });

  it("score items with the vector of a gap after the newest, and no gap among them", async () => {
    const scorer = await modelScorer({ model, options: o, weights, device: oneThread });
    const asked = [[3], [1, 4, 0], [6, 2, 5, 1, 3]];
    const scores = await scorer.score(
      new Int32Array(3),
      asked.map((h) => Int32Array.from(h)),
    );
    expect(scores).toHaveLength(asked.length * items);
    asked.forEach((history, b) => {
      const h = bert4recReference(weights, o, [...history, gap]).at(-1)!;
      for (let i = 0; i < items; i++) {
        const dot = h.reduce((s, x, d) => s + x * weights["items"]!.data[i * o.width + d]!, 0);
        expect(scores[b * items + i]).toBeCloseTo(dot, 4);
      }
    });
  });

  it("have the gradients that finite differences show, of the gap's row too", () => {
    const { leaves, given, hidden } = packed();
    const rows = given["tokens.items"]!.data.length;
    const loss = sum(mul(hidden, input("g", ["R*T", o.width])));
    const all = { ...given, g: drawn([rows, o.width], 5) };
    for (const name of ["gap", "items", "positions", "wk.0", "b1.1", "gain.attention.0", "whead"]) {
      const found = inFloat64(gradientOf(loss, leaves[name]!), all);
      expect(found.some((g) => Math.abs(g) > 1e-3), name).toBe(true); // prettier-ignore
      differences(loss, name, all).forEach((e, i) =>
        expect(Math.abs(found[i]! - e), `${name} ${i}`).toBeLessThan(2e-6 * (1 + Math.abs(e))),
      );
    }
  });
});

it("the order of a history matters, the user does not", async () => {
  const scorer = await modelScorer({ model, options: o, weights, device: oneThread });
  const score = async (user: number, ...history: number[]) =>
    Array.from(await scorer.score(Int32Array.of(user), [Int32Array.from(history)]));
  expect(await score(0, 1, 2, 3)).toEqual(await score(-1, 1, 2, 3));
  expect(await score(0, 2, 1, 3)).not.toEqual(await score(0, 1, 2, 3));
});
