import { describe, expect, it } from "vitest";
import {
  allOps,
  bindShape,
  gradients,
  input,
  interpret,
  mul,
  sum,
  type Tensor,
  type Value,
} from "../../../src/graph/index.ts";
import { differences, whole } from "../../contracts/graph-values.ts";
import { sampleCase } from "../../contracts/op-samples.ts";

/** Ops that give no gradient at all, and those whose later outputs serve the gradient only. */
const backward = ["GruBackward", "RestHeadBackward", "ChosenScoresBackward"];
const withoutGradient = new Set(["Less", "Cast", "TopK", "Iota", ...backward]);

describe.each(allOps.map((op) => [op.name, op] as const))("%s", (name, op) => {
  it.each(op.samples.map((sample, i) => [i, sample] as const))(
    "sample %i: shapes and gradient",
    (i, sample) => {
      const { feeds, outputs, floats } = sampleCase(op, sample, i);
      const values = interpret(outputs, feeds);
      values.forEach((v, j) => expect(v.shape).toEqual(bindShape(outputs[j]!.shape, new Map([["K", 2]]))));
      if (withoutGradient.has(name)) return;

      const y = outputs[0]!;
      const weight: Value = {
        shape: values[0]!.shape,
        data: values[0]!.data.map((_, j) => Math.cos(1 + 3 * j)),
      };
      const all = { ...feeds, weight };
      const loss = sum(mul(y, input("weight", y.shape)));
      // the second input of a head (its targets' mass and weights) is data, not a parameter
      const wanted = name === "SoftmaxHead" ? floats.slice(0, 2) : floats;
      const analytic = gradients(loss, wanted).map((g, j) => whole(g, wanted[j]!));
      const found = interpret(analytic, all);
      wanted.forEach((leaf, j) => {
        expect(found[j]!.shape).toEqual(leaf.shape);
        compare(found[j]!, differences(loss, nameOf(leaf), all));
      });
    },
  );
});

const nameOf = ({ leaf }: Tensor) => (leaf !== null && "name" in leaf ? leaf.name : "");

function compare(found: Value, expected: readonly number[]): void {
  expected.forEach((e, i) => {
    expect(Math.abs(found.data[i]! - e), `element ${i}: ${found.data[i]!} against ${e}`).toBeLessThan(
      1e-6 * (1 + Math.abs(e)),
    );
  });
}
