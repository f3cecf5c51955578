import { describe, expect, it } from "vitest";
import {
  add,
  gather,
  gradients,
  input,
  matmul,
  mul,
  sub,
  sum,
  type Tensor,
} from "../../../src/graph/index.ts";
import { differences, drawn, gradientOf, inFloat64, integers, value } from "../../contracts/graph-values.ts";

describe("gradients", () => {
  it("sums what broadcasting stretched, in front and in the middle", () => {
    const [x, row, column, one] = [
      input("x", [2, 3]),
      input("row", [3]),
      input("column", [2, 1]),
      input("one", []),
    ];
    const loss = sum(mul(mul(mul(x, row), column), one));
    const values = {
      x: value([1, 2, 3, 4, 5, 6], [2, 3]),
      row: value([1, 2, 3]),
      column: value([10, 20], [2, 1]),
      one: value([2], []),
    };
    expect(inFloat64(gradientOf(loss, row), values)).toEqual([180, 240, 300]);
    expect(inFloat64(gradientOf(loss, column), values)).toEqual([28, 64]);
    expect(inFloat64(gradientOf(loss, one), values)).toEqual([780]);
    expect(gradients(loss, [row, column, one]).map(({ dense }) => dense!.shape)).toEqual([[3], [2, 1], []]);
  });

  it("adds up over every use of a leaf", () => {
    const x = input("x", [2]);
    const loss = sum(add(mul(x, x), mul(x, 3))); // 2 x + 3
    expect(inFloat64(gradientOf(loss, x), { x: value([5, -1]) })).toEqual([13, 1]);
  });

  it("keeps the rows of a table apart from its dense part", () => {
    const [table, indices] = [input("table", [4, 2]), input("indices", [3], "int32")];
    const loss = sum(matmul(gather(table, indices), table, { transB: true }));
    const values = { table: drawn([4, 2], 1), indices: value([2, 0, 2]) };
    const { dense, rows } = gradients(loss, [table])[0]!;
    expect(dense).not.toBeNull();
    expect(rows).toHaveLength(1);
    expect(inFloat64(rows[0]!.indices, values)).toEqual([2, 0, 2]);
    const found = inFloat64(gradientOf(loss, table), values);
    differences(loss, "table", values).forEach((d, i) => expect(found[i]).toBeCloseTo(d, 8));
  });

  it("is rows only where a table is only looked up, repeated rows adding up", () => {
    const [table, indices] = [input("table", [3, 2]), input("indices", [2, 2], "int32")];
    const [gradient] = gradients(sum(gather(table, indices)), [table]);
    expect(gradient!.dense).toBeNull();
    const dense = inFloat64(gradientOf(sum(gather(table, indices)), table), {
      table: drawn([3, 2], 1),
      indices: value([1, 1, 0, 1], [2, 2]),
    });
    expect(dense).toEqual([1, 1, 3, 3, 0, 0]);
  });

  it("goes through a lookup in a table that is itself computed", () => {
    const [x, indices] = [input("x", [3, 2]), input("indices", [4], "int32")];
    const doubled = mul(x, x);
    const loss = sum(mul(gather(doubled, indices), gather(doubled, indices)));
    const values = { x: drawn([3, 2], 2), indices: integers([4], 3, 3) };
    const found = inFloat64(gradientOf(loss, x), values);
    differences(loss, "x", values).forEach((d, i) => expect(found[i]).toBeCloseTo(d, 6));
  });

  it("is nothing for a leaf the loss does not depend on", () => {
    const [x, y] = [input("x", [2]), input("y", [2])];
    expect(gradients(sum(x), [y])).toEqual([{ dense: null, rows: [] }]);
  });

  it("wants a scalar", () => {
    const x: Tensor = input("x", [2]);
    expect(() => gradients(sub(x, 1), [x])).toThrow("internal: gradients: loss must be a scalar, got [2]");
  });
});
