import { describe, expect, it } from "vitest";
import { input } from "../../../src/graph/index.ts";
import { listMle } from "../../../src/losses/index.ts";
import {
  differences,
  drawn,
  gradientOf,
  inFloat64,
  onRuntime,
  value,
  type Values,
} from "../../contracts/graph-values.ts";

describe("listMle", () => {
  /** The definition, term by term. */
  const byHand = (s: number[][], tail: number[][], c: number[], lengths: number[]) =>
    s.reduce((total, row, b) => {
      const list = row.slice(0, lengths[b]);
      const e = tail[b]!.reduce((sum, x) => sum + Math.exp(x), 0);
      const terms = list.map((x, k) => Math.log(list.slice(k).reduce((sum, y) => sum + Math.exp(y), e)) - x);
      return total + c[b]! * terms.reduce((sum, x) => sum + x, 0);
    }, 0);
  const build = (k: number) =>
    listMle(input("s", ["B", k]), input("logE", ["B", 1]), input("c", ["B", 1]), input("keep", ["B", k]));
  const known = (s: number[][], tail: number[][], c: number[], lengths: number[]): Values => ({
    s: value(s.flat(), [s.length, s[0]!.length]),
    logE: value(
      tail.map((row) => Math.max(-1e9, Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0)))),
      [s.length, 1],
    ),
    c: value(c, [s.length, 1]),
    keep: value(
      s.flatMap((row, b) => row.map((_, k) => Number(k < lengths[b]!))),
      [s.length, s[0]!.length],
    ),
  });

  it.each([1, 2, 3, 5, 8, 11])("is the definition for lists of %i, shorter ones and none among them", (k) => {
    const rows = [1, 2, 3, 4].map((seed) => Array.from(drawn([k], seed).data));
    const tail = [[0.3, -1], [2], [], [1, 1, 1]];
    const [c, lengths] = [
      [1, 0.5, 2, 3],
      [k, Math.ceil(k / 2), k, 0],
    ];
    const [values, loss] = [known(rows, tail, c, lengths), build(k)];
    expect(inFloat64(loss, values)[0]).toBeCloseTo(byHand(rows, tail, c, lengths), 9);
    const found = inFloat64(gradientOf(loss, input("s", ["B", k])), values);
    expect(found.every(Number.isFinite)).toBe(true);
  });

  it("has the gradient that differences show, and none where a list has ended", () => {
    const rows = [1, 2].map((seed) => Array.from(drawn([5], seed).data));
    const values = known(rows, [[0.3], [1, 2]], [1, 0.5], [5, 3]);
    const s = input("s", ["B", 5]);
    const loss = listMle(s, input("logE", ["B", 1]), input("c", ["B", 1]), input("keep", ["B", 5]));
    const found = inFloat64(gradientOf(loss, s), values);
    differences(loss, "s", values).forEach((d, i) => expect(found[i]).toBeCloseTo(d, 6));
    expect(found.slice(8)).toEqual([0, 0]);
  });

  it.each([
    [[100, 0, -100], [-100]],
    [[-100, 0, 100], [100]],
    [
      [100, 100, 100],
      [100, 100],
    ],
    [[-100, -100, -100], []],
    [[100], [-100]],
    [[-100], [100]],
  ])("holds at scores of 100 and -100 in float32: %j above %j", async (list, tail) => {
    const k = list.length;
    const s = input("s", ["B", k]);
    const loss = listMle(s, input("logE", ["B", 1]), input("c", ["B", 1]), input("keep", ["B", k]));
    const values = known([list], [tail], [1], [k]);
    expect((await onRuntime(loss, values))[0]).toBeCloseTo(byHand([list], [tail], [1], [k]), 3);
    const found = await onRuntime(gradientOf(loss, s), values);
    inFloat64(gradientOf(loss, s), values).forEach((g, i) => expect(found[i]).toBeCloseTo(g, 5));
  });
});
