/** A sequence model sees the same in a packed batch, alone, and in the graph that is exported. */
import { describe, expect, it } from "vitest";
import { pack } from "../../src/dataset/index.ts";
import { leavesOf, type ModelOptions, type Parameters, type SequenceModel } from "../../src/models/index.ts";
import { Program } from "../../src/runtime/index.ts";
import { asked, modelScorer, packedFeeds, packedInputs } from "../../src/train/index.ts";
import { oneThread } from "./graph-values.ts";

export function packingContract(
  model: SequenceModel,
  options: ModelOptions,
  weights: Parameters,
  all: readonly Int32Array[],
): void {
  const maxLength = model.maxLength(options);
  const histories = all.filter((h) => h.length <= maxLength).flatMap((h) => [h, h.slice(0, 2)]);
  const leaves = leavesOf(weights);
  const hidden = model.encode(leaves, options, packedInputs(model), (x) => x);
  const vectors = model.itemVectors?.(leaves["items"]!, options) ?? leaves["items"]!;

  /** [R*T, D] vectors of a packed batch, and where each history starts. */
  async function encode(program: Program<"hidden">, lists: readonly Int32Array[]) {
    const packed = pack(lists);
    const found = (await program.run({ ...weights, ...packedFeeds(packed) })).hidden;
    const d = found.shape[1]!;
    const data = Float32Array.from(found.data as Float32Array);
    return {
      starts: packed.starts,
      at: (token: number) => Array.from(data.subarray(token * d, (token + 1) * d)),
    };
  }

  describe(`${model.name} in packed batches`, () => {
    it("encodes every token as if its history were alone", async () => {
      const program = await Program.compile({ hidden }, oneThread);
      const together = await encode(program, histories);
      for (const [s, history] of histories.entries()) {
        const alone = await encode(program, [history]);
        history.forEach((_, i) => {
          const expected = alone.at(alone.starts[0]! + i);
          together
            .at(together.starts[s]! + i)
            .forEach((x, d) => expect(Math.abs(x - expected[d]!)).toBeLessThan(1e-5));
        });
      }
    });

    it("scores from the newest token what the exported graph scores", async () => {
      const program = await Program.compile({ hidden }, oneThread);
      const lists = histories.map((history) => asked(history, model.cloze?.(options)));
      const { starts, at } = await encode(program, lists);
      const scorer = await modelScorer({ model, options, weights, device: oneThread });
      const users = new Int32Array(histories.length).fill(-1);
      const scores = await scorer.score(users, histories);
      const [items, width] = weights["items"]!.shape as [number, number];
      const data = (await (await Program.compile({ vectors }, oneThread)).run(weights)).vectors.data;
      histories.forEach((_, s) => {
        const newest = at(starts[s]! + lists[s]!.length - 1);
        for (let item = 0; item < items; item++) {
          const dot = newest.reduce((sum, x, d) => sum + x * Number(data[item * width + d]), 0);
          expect(Math.abs(scores[s * items + item]! - dot)).toBeLessThan(2e-5);
        }
      });
    });
  });
}
