import { expect, it } from "vitest";
import { gather, input, logSumExp, matmul, mean, print, sub } from "../../../src/graph/index.ts";

it("prints a graph in the order it runs", () => {
  const [items, ids] = [input("items", [7, 4]), input("ids", ["B"], "int32")];
  const logits = matmul(gather(items, ids), items, { transB: true });
  expect(print({ loss: mean(sub(logSumExp(logits), 1)) })).toBe(
    [
      "items [7, 4]",
      "ids int32[B]",
      "%0 [B, 4] = Gather(items, ids)",
      "%1 [B, 7] = MatMul(%0, items) transA=false transB=true alpha=1",
      "%2 [B, 1] = ReduceMax(%1) axes=[-1] keep=true",
      "%3 [B, 1] = Detach(%2)",
      "%4 [B, 7] = Sub(%1, %3)",
      "%5 [B, 7] = Exp(%4)",
      "%6 [B, 1] = ReduceSum(%5) axes=[-1] keep=true",
      "%7 [B, 1] = Log(%6)",
      "%8 [B, 1] = Add(%3, %7)",
      "%9 [B, 1] = Sub(%8, 1)",
      "%10 [] = ReduceMean(%9) axes=[0, 1] keep=false",
      "return loss = %10",
    ].join("\n"),
  );
});
