import { describe, expect, it } from "vitest";
import { pack } from "../../../src/dataset/index.ts";
import { input, interpret, mul, sum } from "../../../src/graph/index.ts";
import {
  hstu,
  leavesOf,
  type Model,
  type Parameters,
  type SequenceModel,
} from "../../../src/models/index.ts";
import { Random } from "../../../src/random.ts";
import { modelScorer } from "../../../src/train/index.ts";
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
import { hstuReference, unit } from "./hstu-reference.ts";

const model = hstu as Model;
modelContract(model, { modelOptions: { dropout: 0.5 } });

const items = 7;
const o = {
  width: 4,
  blocks: 2,
  heads: 2,
  keyWidth: 2,
  valueWidth: 3,
  maxLength: 5,
  dropout: 0,
  cosineTemperature: 0.05,
};
/** As large as trained ones: fresh ones are so small that attention hardly counts. */
const weights: Parameters = Object.fromEntries(
  Object.entries(hstu.parameters({ users: 1, items }, o, new Random(1))).map(([name, w], n) => [
    name,
    { shape: w.shape, data: Float32Array.from(drawn(w.shape, n, (r) => 0.7 * r.normal()).data) },
  ]),
);
const values = Object.fromEntries(
  Object.entries(weights).map(([name, w]) => [name, value(Array.from(w.data), w.shape)] as const),
);
const histories = [[3], [1, 4, 0], [6, 2, 5, 1, 3], [0, 6]];

const draw = new Random(3);
const deep = { ...o, width: 8, blocks: 3, maxLength: 6 };
const some = [1, 3, 6, 4].map((n) => draw.sample(11, n));
packingContract(model as SequenceModel, deep, hstu.parameters({ users: 1, items: 11 }, deep, draw), some);

/** Encoded tokens of a packed batch as a graph, and the float64 values of its inputs. */
function packed(lists: readonly (readonly number[])[]) {
  const batch = pack(lists.map((list) => Int32Array.from(list)));
  const { rows: r, width: t, items: ids, positions, first } = batch;
  const tokens = {
    items: input("tokens.items", [r, t], "int32"),
    positions: input("tokens.positions", [r, t], "int32"),
    mask: input("tokens.mask", [r, 1, t, t]),
  };
  const mask = Array.from(first).flatMap((from, at) =>
    Array.from({ length: t }, (_, to) => (to >= from && to <= at % t ? 0 : -1e9)),
  );
  const given: typeof values = {
    ...values,
    "tokens.items": value(Array.from(ids), [r, t]),
    "tokens.positions": value(Array.from(positions), [r, t]),
    "tokens.mask": value(mask, [r, 1, t, t]),
  };
  const leaves = leavesOf(weights);
  return { batch, leaves, given, hidden: hstu.encode(leaves, o, tokens, (x) => x) };
}

describe("hstu's equations", () => {
  it("are those of plain loops, for several histories in a row", async () => {
    const { batch, given, hidden } = packed(histories);
    expect(batch.rows).toBeLessThan(histories.length);
    const [exact, single] = [inFloat64(hidden, given), await onRuntime(hidden, given)];
    histories.forEach((history, s) =>
      hstuReference(weights, o, history).forEach((vector, i) =>
        vector.forEach((e, d) => {
          const at = (batch.starts[s]! + i) * o.width + d;
          expect(exact[at]).toBeCloseTo(e, 9);
          expect(single[at]).toBeCloseTo(e, 5);
        }),
      ),
    );
  });

  it("give scores that are cosines of the newest token's vector and the items'", async () => {
    const scorer = await modelScorer({ model, options: o, weights, device: oneThread });
    const users = new Int32Array(histories.length).fill(-1);
    const found = await scorer.score(
      users,
      histories.map((h) => Int32Array.from(h)),
    );
    histories.forEach((history, s) => {
      const h = hstuReference(weights, o, history).at(-1)!;
      for (let i = 0; i < items; i++) {
        const e = unit(Array.from(weights["items"]!.data.subarray(i * o.width, (i + 1) * o.width)));
        const cosine = h.reduce((sum, x, d) => sum + x * e[d]!, 0);
        expect(found[s * items + i]).toBeCloseTo(cosine, 5);
        expect(Math.abs(found[s * items + i]!)).toBeLessThanOrEqual(1 + 1e-6);
      }
    });
  });

  it("have the gradients that finite differences show, masks and padding included", async () => {
    const { leaves, given, hidden } = packed(histories);
    const [n, d] = hidden.shape as [number, number];
    const loss = sum(mul(hidden, input("g", [n, d])));
    const all = { ...given, g: drawn([n, d], 5) };
    for (const [name, leaf] of Object.entries(leaves)) {
      const gradient = gradientOf(loss, leaf);
      const [exact, single] = [inFloat64(gradient, all), await onRuntime(gradient, all)];
      differences(loss, name, all).forEach((e, i) => {
        expect(Math.abs(exact[i]! - e), `${name} ${i}`).toBeLessThan(2e-6 * (1 + Math.abs(e)));
        expect(Math.abs(single[i]! - e), `${name} ${i}`).toBeLessThan(2e-3 * (1 + Math.abs(e)));
      });
    }
  });
});

it("a token does not see later ones, nor other histories of its row", () => {
  const { batch, given, hidden } = packed(histories);
  const before = interpret([hidden], given)[0]!.data;
  const changed = batch.starts[2]! + 3; // the fourth item of the longest history
  const tokens = given["tokens.items"]!;
  const other = tokens.data.map((item, at) => (at === changed ? (item + 1) % items : item));
  const after = interpret([hidden], { ...given, "tokens.items": { ...tokens, data: other } })[0]!.data;
  const moved = Array.from({ length: before.length / o.width }, (_, token) => token).filter((token) =>
    before.slice(token * o.width, (token + 1) * o.width).some((x, d) => x !== after[token * o.width + d]),
  );
  expect(moved).toEqual([changed, changed + 1]);
});

shopContract(model, [
  { loss: "ce" },
  { loss: "sampled", negatives: 16 },
  { loss: "sampled", negatives: 32, negativesStandFor: 16 },
  { loss: "sampled", negatives: 16, positionsPerDraw: 8, negativesStandFor: 16 },
  { loss: "sampled", negatives: 16, positionsPerDraw: 1, negativesStandFor: 16 },
  { loss: "bce", negatives: 4 },
]);
