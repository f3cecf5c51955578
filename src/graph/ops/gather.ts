/** Rows of tables and single elements, and their way back. */
import { sizeOf } from "../shape.ts";
import { apply1, type Op, type Tensor, type Value } from "../tensor.ts";
import { mul } from "./elementwise.ts";

type Empty = Readonly<Record<string, never>>;

/** y[..] = table[indices[..]]   table [I, D]  indices [..]  ->  y [.., D].  Its gradient touches the named rows only. */
export const gatherOp: Op<Empty> = {
  name: "Gather",
  shapes: ([table, indices]) => [[...indices!.shape, ...table!.shape.slice(1)]],
  gradient: ([_table, indices], _y, [dy]) => [{ indices: indices!, values: dy! }, null],
  onnx: (e, inputs) => e.node("Gather", inputs, { axis: 0 }),
  reference: ([table, indices]) => {
    const width = sizeOf(table!.shape.slice(1));
    const data = new Float64Array(indices!.data.length * width);
    indices!.data.forEach((r, n) => data.set(table!.data.subarray(r * width, (r + 1) * width), n * width));
    return [{ shape: [...indices!.shape, ...table!.shape.slice(1)], data }];
  },
  samples: [{ inputs: [{ shape: [5, 3] }, { shape: [2, 4], integers: 5 }], attributes: {} }],
};

/** y = base with values[n] added to row indices[n]   base [I, D]  indices [N]  values [N, D]  ->  y [I, D] */
export const scatterRowsOp: Op<Empty> = {
  name: "ScatterRows",
  shapes: ([base]) => [base!.shape],
  gradient: ([_base, indices], _y, [dy]) => [dy!, null, gather(dy!, indices!)],
  onnx: (e, [base, indices, values]) => {
    const [column] = e.node("Unsqueeze", [indices!, e.int64([-1])]);
    const [wide] = e.node("Cast", [column!], { to: 7 });
    return e.node("ScatterND", [base!, wide!, values!], { reduction: "add" });
  },
  reference: ([base, indices, values]) => {
    const data = Float64Array.from(base!.data);
    const width = values!.data.length / Math.max(1, indices!.data.length);
    indices!.data.forEach((r, n) => {
      for (let d = 0; d < width; d++) data[r * width + d]! += values!.data[n * width + d]!;
    });
    return [{ shape: base!.shape, data }];
  },
  samples: [{ inputs: [{ shape: [5, 3] }, { shape: [4], integers: 5 }, { shape: [4, 3] }], attributes: {} }],
};

/** y[n, k] = x[n, indices[n, k]]   x [N, I]  indices [N, K]  ->  y [N, K] */
export const gatherElementsOp: Op<Empty> = {
  name: "GatherElements",
  shapes: ([_x, indices]) => [indices!.shape],
  gradient: ([x, indices], _y, [dy]) => [scatterElements(mul(x!, 0), indices!, dy!), null],
  onnx: (e, inputs) => e.node("GatherElements", inputs, { axis: -1 }),
  reference: ([x, indices]) => {
    const [columns, k] = [x!.shape.at(-1)!, indices!.shape.at(-1)!];
    const data = indices!.data.map((c, n) => x!.data[Math.floor(n / k) * columns + c]!);
    return [{ shape: indices!.shape, data }];
  },
  samples: [{ inputs: [{ shape: [3, 5] }, { shape: [3, 2], integers: 5 }], attributes: {} }],
};

/** y = base with values[n, k] added at column indices[n, k]   base [N, I]  indices, values [N, K]  ->  y [N, I] */
export const scatterElementsOp: Op<Empty> = {
  name: "ScatterElements",
  shapes: ([base]) => [base!.shape],
  gradient: ([_base, indices], _y, [dy]) => [dy!, null, gatherElements(dy!, indices!)],
  onnx: (e, inputs) => e.node("ScatterElements", inputs, { axis: -1, reduction: "add" }),
  reference: ([base, indices, values]) => [scatterElementsReference(base!, indices!, values!)],
  samples: [
    { inputs: [{ shape: [3, 5] }, { shape: [3, 2], integers: 5 }, { shape: [3, 2] }], attributes: {} },
  ],
};

function scatterElementsReference(base: Value, indices: Value, values: Value): Value {
  const data = Float64Array.from(base.data);
  const [columns, k] = [base.shape.at(-1)!, indices.shape.at(-1)!];
  indices.data.forEach((c, n) => (data[Math.floor(n / k) * columns + c]! += values.data[n]!));
  return { shape: base.shape, data };
}

/** The indices [N, K] and values [N, K] of the k largest of each row, larger first, ties by smaller index. */
export const topKOp: Op<Empty> = {
  name: "TopK",
  dtype: () => "int64",
  shapes: ([x]) => [[...x!.shape.slice(0, -1), "K"]],
  gradient: () => [null, null],
  onnx: (e, inputs) => [e.node("TopK", inputs, { axis: -1, largest: 1, sorted: 1 }, 2)[1]!],
  reference: ([x, k]) => {
    const columns = x!.shape.at(-1)!;
    const best = (n: number) =>
      Array.from({ length: columns }, (_, c) => c)
        .sort((a, b) => x!.data[n * columns + b]! - x!.data[n * columns + a]! || a - b)
        .slice(0, k!.data[0]);
    const data = Float64Array.from({ length: x!.data.length / columns }, (_, n) => n);
    const lists = Array.from(data).flatMap(best);
    return [{ shape: [...x!.shape.slice(0, -1), k!.data[0]!], data: Float64Array.from(lists) }];
  },
  samples: [
    {
      inputs: [{ shape: [3, 5] }, { shape: [1], integers: 1, range: [2, 2], dtype: "int64" }],
      attributes: {},
    },
  ],
};

export const gather = (table: Tensor, indices: Tensor): Tensor => apply1(gatherOp, [table, indices], {});
export const scatterRows = (base: Tensor, indices: Tensor, values: Tensor): Tensor =>
  apply1(scatterRowsOp, [base, indices, values], {});
export const gatherElements = (x: Tensor, indices: Tensor): Tensor =>
  apply1(gatherElementsOp, [x, indices], {});
export const scatterElements = (base: Tensor, indices: Tensor, values: Tensor): Tensor =>
  apply1(scatterElementsOp, [base, indices, values], {});
/** @param k [1] int64, the list length @returns indices [N, K] int64 */
export const topK = (x: Tensor, k: Tensor): Tensor => apply1(topKOp, [x, k], {});
