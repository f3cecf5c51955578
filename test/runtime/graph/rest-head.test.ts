import { expect, it } from "vitest";
import { input, restHead } from "../../../src/graph/index.ts";
import { inFloat64, onRuntime, value } from "../../contracts/graph-values.ts";

const head = restHead(input("x", ["N", 2]), input("w", [4, 2]), input("closed", ["N", "C"], "int32"), 2);
const w = value([100, 0, 0, 100, -100, 0, 0, 0], [4, 2]); // scores 100 a, 100 b, -100 a, 0

it.each([
  ["scores of 100 and -100", [1, -1], [0, 0], Math.log(1 + 2 * Math.exp(-100))],
  ["the largest alone", [1, -1], [1, 2], 100],
  ["ties", [1, 1], [2, 3], 100 + Math.log(2)],
  ["small ones when the largest are closed", [-1, -1], [2, 3], -100 + Math.log(2)],
])("is exact for %s", async (_what, x, closed, expected) => {
  const values = { x: value([...x, 0, 0, 0, 0], [3, 2]), w, closed: value([...closed, 0, 0, 0, 1], [3, 2]) };
  const all = [expected, Math.log(3), Math.log(2)];
  inFloat64(head, values).forEach((y, n) => expect(y).toBeCloseTo(all[n]!, 10));
  (await onRuntime(head, values)).forEach((y, n) => expect(y).toBeCloseTo(all[n]!, 4));
});

it("is far below 0 where everything is closed, but a number", async () => {
  const values = { x: value([1, 1], [1, 2]), w, closed: value([0, 1, 2, 3], [1, 4]) };
  for (const [y] of [inFloat64(head, values), await onRuntime(head, values)]) expect(y).toBeCloseTo(-1e9, -4);
});
