import { describe, expect, it } from "vitest";
import { pack } from "../../../src/dataset/index.ts";
import {
  gru4rec,
  leavesOf,
  type Model,
  type Parameters,
  type SequenceModel,
} from "../../../src/models/index.ts";
import { Random } from "../../../src/random.ts";
import { modelScorer, packedFeeds, packedInputs } from "../../../src/train/index.ts";
import { drawn, inFloat64, onRuntime, oneThread, value } from "../../contracts/graph-values.ts";
import { modelContract } from "../../contracts/model-contract.ts";
import { packingContract } from "../../contracts/packing-contract.ts";
import { shopContract } from "../../contracts/shop-contract.ts";

const model = gru4rec as Model;
modelContract(model);
shopContract(model, [{ loss: "ce" }, { loss: "bce", negatives: 4 }]);

const items = 7;
const o = { width: 3, hidden: 4, layers: 2, maxLength: 5, dropout: 0 };
const draw = new Random(3);
const some = [1, 3, 5, 4].map((n) => draw.sample(11, n));
packingContract(model as SequenceModel, o, gru4rec.parameters({ users: 1, items: 11 }, o, draw), some);

/** As large as trained ones: fresh biases are 0. */
const weights: Parameters = Object.fromEntries(
  Object.entries(gru4rec.parameters({ users: 1, items }, o, new Random(1))).map(([name, w], n) => [
    name,
    { shape: w.shape, data: Float32Array.from(drawn(w.shape, n, (r) => 0.7 * r.normal()).data) },
  ]),
);

/** x W, W [x.length, columns] row after row */
function times(x: readonly number[], name: string): number[] {
  const { shape, data } = weights[name]!;
  const columns = shape[1]!;
  return Array.from({ length: columns }, (_, c) => x.reduce((s, v, d) => s + v * data[d * columns + c]!, 0));
}

const plus = (x: readonly number[], name: string) => x.map((v, c) => v + weights[name]!.data[c]!);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** GRU4Rec in plain loops and float64, from its equations: one vector per item of a history. */
function reference(history: readonly number[]): number[][] {
  let x = history.map((item) =>
    Array.from(weights["items"]!.data.slice(item * o.width, (item + 1) * o.width)),
  );
  for (let l = 0; l < o.layers; l++) {
    let h = new Array<number>(o.hidden).fill(0);
    x = x.map((row) => {
      const [given, carried] = [plus(times(row, `wx.${l}`), `bx.${l}`), times(h, `wh.${l}`)];
      const gate = (from: number, c: number) => sigmoid(given[from + c]! + carried[from + c]!);
      h = h.map((before, c) => {
        const [r, z, last] = [gate(0, c), gate(o.hidden, c), 2 * o.hidden + c];
        return (1 - z) * Math.tanh(given[last]! + r * carried[last]!) + z * before;
      });
      return h;
    });
  }
  return x.map((state) => plus(times(state, "wo"), "bo"));
}

describe("gru4rec's equations", () => {
  const histories = [[3], [1, 4, 0], [6, 2, 5, 1, 3], [0, 6]];

  it("are those of plain loops, for several histories in a row", async () => {
    const batch = pack(histories.map((list) => Int32Array.from(list)));
    expect(batch.rows).toBeLessThan(histories.length);
    const feeds = Object.entries({ ...weights, ...packedFeeds(batch) });
    const given = Object.fromEntries(
      feeds.map(([name, f]) => [name, value(Array.from(f.data, Number), f.shape)]),
    );
    const inputs = packedInputs(model as SequenceModel);
    const hidden = gru4rec.encode(leavesOf(weights), o, inputs, (x) => x);
    const [exact, single] = [inFloat64(hidden, given), await onRuntime(hidden, given)];
    histories.forEach((history, s) =>
      reference(history).forEach((vector, i) =>
        vector.forEach((e, d) => {
          const at = (batch.starts[s]! + i) * o.width + d;
          expect(exact[at]).toBeCloseTo(e, 9);
          expect(single[at]).toBeCloseTo(e, 5);
        }),
      ),
    );
  });

  it("score items with the newest state, whatever the padding before it", async () => {
    const scorer = await modelScorer({ model, options: o, weights, device: oneThread });
    const scores = await scorer.score(
      new Int32Array(histories.length),
      histories.map((h) => Int32Array.from(h)),
    );
    histories.forEach((history, b) => {
      const h = reference(history).at(-1)!;
      for (let i = 0; i < items; i++) {
        const dot = h.reduce((s, x, d) => s + x * weights["items"]!.data[i * o.width + d]!, 0);
        expect(scores[b * items + i]).toBeCloseTo(dot, 5);
      }
    });
  });
});
