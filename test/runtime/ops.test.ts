import { describe, expect, it } from "vitest";
import { allOps, interpret } from "../../src/graph/index.ts";
import { Program } from "../../src/runtime/index.ts";
import { toFeed } from "../contracts/graph-values.ts";
import { sampleCase } from "../contracts/op-samples.ts";

describe.each(allOps.map((op) => [op.name, op] as const))("%s on ONNX Runtime", (_name, op) => {
  it.each(op.samples.map((sample, i) => [i, sample] as const))(
    "sample %i agrees with the reference",
    async (i, sample) => {
      const { leaves, feeds, outputs } = sampleCase(op, sample, i);
      const named = Object.fromEntries(outputs.map((t, j) => [`out${j}`, t]));
      const program = await Program.compile(named);
      const inputs = Object.fromEntries(leaves.map((leaf, j) => [`in${j}`, toFeed(leaf, feeds[`in${j}`]!)]));
      const results = await program.run(inputs, { symbols: { K: 2 } });
      const expected = interpret(outputs, feeds);
      outputs.forEach((_t, j) => {
        const found = results[`out${j}`]!;
        expect(found.shape).toEqual(expected[j]!.shape);
        expected[j]!.data.forEach((e, n) => expect(Number(found.data[n])).toBeCloseTo(e, 5));
      });
    },
  );
});
