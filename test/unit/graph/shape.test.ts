import { describe, expect, it } from "vitest";
import {
  bindShape,
  broadcast,
  input,
  interpret,
  learnSymbols,
  product,
  reshape,
  total,
} from "../../../src/graph/index.ts";
import { drawn } from "../../contracts/graph-values.ts";

describe("symbolic sizes", () => {
  it("multiply as text, numbers in front and symbols in order", () => {
    expect(product([2, "B", 3])).toBe("6*B");
    expect(product(["T", "B*2"])).toBe("2*B*T");
    expect(product([2, 3])).toBe(6);
  });

  it("add as text, symbols in order and one number behind", () => {
    expect(total([2, "T", 1])).toBe("T+3");
    expect(total(["T", "B+1"])).toBe("B+T+1");
    expect(total([2, 3])).toBe(5);
  });

  it("are bound through products and sums", () => {
    expect(bindShape(["B*T+1"], new Map([["B", 3], ["T", 5]]))).toEqual([18]); // prettier-ignore
    expect(bindShape(["2*B*T", 4], new Map([["B", 3], ["T", 5]]))).toEqual([30, 4]); // prettier-ignore
    expect(() => bindShape(["X"], new Map())).toThrow('internal: size "X"');
  });

  it("broadcast against 1 and against themselves, not against others", () => {
    expect(broadcast("add", ["B", 1, 4], [3, 1])).toEqual(["B", 3, 4]);
    expect(broadcast("add", ["B"], ["B"])).toEqual(["B"]);
    expect(() => broadcast("add", ["B"], ["T"])).toThrow("internal: add: shapes must broadcast");
  });

  it("have one size each", () => {
    const symbols = new Map<string, number>();
    learnSymbols("x", ["B", 2], [3, 2], symbols);
    expect(() => learnSymbols("y", ["B"], [4], symbols)).toThrow('input "y": expected [B], got [4]');
  });

  it("survive a reshape that multiplies them", () => {
    const x = input("x", ["B", "T", 2]);
    const [flat] = interpret([reshape(x, ["B*T", 2])], { x: drawn([3, 4, 2], 1) });
    expect(flat!.shape).toEqual([12, 2]);
    expect(() => reshape(x, ["B", 2])).toThrow("internal: Reshape: sizes must agree");
  });
});
