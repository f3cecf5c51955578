import { describe, expect, it } from "vitest";
import {
  add,
  emit,
  input,
  logSoftmax,
  matmul,
  mul,
  reshape,
  softmax,
  sum,
} from "../../../src/graph/index.ts";
import { ModelFile, Program } from "../../../src/runtime/index.ts";
import { drawn, inFloat64, oneThread, toFeed } from "../../contracts/graph-values.ts";
import { scratch } from "../../unit/scratch.ts";

const folder = await scratch();
const [x, w] = [input("x", ["B", "T", 2]), input("w", [2, 3])];
const flat = matmul(reshape(x, ["B*T", 2]), w); // [B*T, 3]
const y = sum(reshape(softmax(flat), ["B", "T", 3]), [1]); // [B, 3]

describe("a graph with symbols", () => {
  it("runs for every batch size with one compilation", async () => {
    const program = await Program.compile({ y }, oneThread);
    for (const [b, t] of [
      [1, 1],
      [3, 4],
      [2, 7],
      [3, 4],
    ] as const) {
      // prettier-ignore
      const values = { x: drawn([b, t, 2], b), w: drawn([2, 3], 9) };
      const { y: found } = await program.run({ x: toFeed(x, values.x), w: toFeed(w, values.w) });
      expect(found.shape).toEqual([b, 3]);
      inFloat64(y, values).forEach((e, i) => expect(Number(found.data[i])).toBeCloseTo(e, 5));
    }
  });

  it("refuses sizes that contradict each other", async () => {
    const program = await Program.compile({ out: add(x, input("z", ["B", 1, 1])) }, oneThread);
    const feeds = { x: toFeed(x, drawn([2, 1, 2], 1)), z: toFeed(x, drawn([3, 1, 1], 1)) };
    await expect(program.run(feeds)).rejects.toThrow('input "z": expected [B, 1, 1], got [3, 1, 1]');
  });

  it("says which input is missing", async () => {
    const program = await Program.compile({ y }, oneThread);
    await expect(program.run({ x: toFeed(x, drawn([1, 1, 2], 1)) })).rejects.toThrow('no feed for input "w"');
  });
});

describe("a model file", () => {
  it("holds its weights and takes the rest as inputs", async () => {
    const values = { x: drawn([2, 3, 2], 1), w: drawn([2, 3], 2) };
    const stored = new Map([["w", { shape: [2, 3], data: Float32Array.from(values.w.data) }]]);
    const path = await folder.write(
      "model.onnx",
      emit({ outputs: { y }, stored, metadata: { model: "test" } }),
    );
    const file = await ModelFile.open(path, oneThread);
    expect(file.inputs).toEqual(["x"]);
    const data = new Float32Array(6);
    await file.run({ x: toFeed(x, values.x) }, { y: { data, shape: [2, 3] } });
    inFloat64(y, values).forEach((e, i) => expect(data[i]).toBeCloseTo(e, 5));
  });

  it("gives one result under two names, and a leaf as its own output", async () => {
    const program = await Program.compile({ a: y, b: y, copy: w }, oneThread);
    const feeds = { x: toFeed(x, drawn([2, 2, 2], 1)), w: toFeed(w, drawn([2, 3], 2)) };
    const { a, b, copy } = await program.run(feeds);
    expect(a.data).toEqual(b.data);
    expect(copy.data).toEqual(feeds.w.data);
  });

  it("is the same bytes for the same graph", () => {
    const again = () => Buffer.from(emit({ outputs: { y: logSoftmax(mul(input("x", ["B", 2]), 3)) } }));
    expect(again().equals(again())).toBe(true);
  });
});
