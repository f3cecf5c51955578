/**
 * Parts of a batch, one after another, on one thread: what each gives is added up at once, while it is in the cache.
 * The text of this class is what a worker thread runs, so it uses its arguments and nothing else from outside itself.
 */
import type * as ort from "onnxruntime-node";
import type { Data, DType, Feed } from "../graph/index.ts";

export type Ort = Pick<typeof ort, "InferenceSession" | "Tensor">;

/** How the outputs of several parts become one result. */
export interface Reduction {
  /** Outputs that are added up. */
  readonly sums: readonly string[];
  /** Tables by name: outputs `indices` [...] and `values` [..., D] are rows of it; rows of one index are added up. */
  readonly tables: Readonly<Record<string, Table>>;
}

export interface Table {
  /** Rows of the whole table, and numbers per row. */
  readonly rows: number;
  readonly width: number;
  readonly outputs: readonly { readonly indices: string; readonly values: string }[];
}

/** What a lane is opened with; travels to other threads. */
export interface LanePlan {
  readonly model: Uint8Array;
  readonly options: ort.InferenceSession.SessionOptions;
  readonly reduction: Reduction;
  /** Of every input and output. */
  readonly dtypes: Readonly<Record<string, DType>>;
}

export interface PartJob {
  readonly feeds: Readonly<Record<string, Feed>>;
  /** Shapes of the outputs. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

/** Valid until the lane's next run. */
export interface LaneResult {
  readonly sums: Readonly<Record<string, Float32Array>>;
  /** Each index once, in the order of first sight. */
  readonly rows: Readonly<Record<string, { indices: Int32Array; values: Float32Array }>>;
}

interface RowSum {
  readonly table: Table;
  readonly indices: Int32Array;
  readonly values: Float32Array;
  /** By row of the table: where in `indices` it stands, -1 before it is seen. */
  readonly place: Int32Array;
  count: number;
}

export class Lanes {
  readonly #ort: Ort;
  readonly #session: ort.InferenceSession;
  readonly #plan: LanePlan;
  /** Inputs that every part has, besides its own. */
  readonly #resident: Readonly<Record<string, Feed>>;
  readonly #visible: boolean;
  readonly #buffers = new Map<string, Data>();
  readonly #places = new Map<string, Int32Array>();

  constructor(
    ort: Ort,
    session: ort.InferenceSession,
    plan: LanePlan,
    resident: Readonly<Record<string, Feed>>,
    visible: boolean,
  ) {
    this.#ort = ort;
    this.#session = session;
    this.#plan = plan;
    this.#resident = resident;
    this.#visible = visible; // results are read by another thread
  }

  /** Runs the parts of one lane in turn. Lanes of one thread have results of their own. */
  async run(lane: number, parts: readonly PartJob[]): Promise<LaneResult> {
    const sums: Record<string, Float32Array> = {};
    const rows = this.#emptyRows(lane, parts);
    try {
      for (const part of parts) {
        const outputs = await this.#compute(part);
        for (const name of this.#plan.reduction.sums)
          sums[name] = this.#add(sums[name], outputs[name] as Float32Array, `${lane}/${name}`);
        for (const sum of rows.values())
          for (const { indices, values } of sum.table.outputs)
            this.#addRows(sum, outputs[indices] as Int32Array, outputs[values] as Float32Array);
      }
    } finally {
      for (const { indices, place, count } of rows.values())
        for (let n = 0; n < count; n++) place[indices[n]!] = -1; // for the next lane, after a failure too
    }
    const found = Array.from(rows, ([name, { indices, values, count, table }]) => {
      const whole = { indices: indices.subarray(0, count), values: values.subarray(0, count * table.width) };
      return [name, whole] as const;
    });
    return { sums, rows: Object.fromEntries(found) };
  }

  /** Adds to `to`; the first part, which finds none, is copied. */
  #add(to: Float32Array | undefined, from: Float32Array, name: string): Float32Array {
    if (to === undefined) {
      const fresh = this.#buffer(name, "float32", from.length, this.#visible) as Float32Array;
      fresh.set(from);
      return fresh;
    }
    for (let i = 0; i < from.length; i++) to[i]! += from[i]!;
    return to;
  }

  async #compute({ feeds, shapes }: PartJob): Promise<Record<string, Data>> {
    const { dtypes } = this.#plan;
    const inputs: Record<string, ort.Tensor> = {};
    const tensor = (name: string, data: Data, shape: readonly number[]) =>
      new this.#ort.Tensor(dtypes[name] as "float32", data as Float32Array, shape);
    for (const [name, { data, shape }] of Object.entries({ ...this.#resident, ...feeds }))
      inputs[name] = tensor(name, this.#own(name, data), shape);
    const fetches: Record<string, ort.Tensor> = {};
    const outputs: Record<string, Data> = {};
    for (const [name, shape] of Object.entries(shapes)) {
      outputs[name] = this.#buffer(name, dtypes[name]!, this.#size(shape), false);
      fetches[name] = tensor(name, outputs[name], shape);
    }
    await this.#session.run(inputs, fetches);
    return outputs;
  }

  /** ONNX Runtime refuses arrays over shared memory. */
  #own(name: string, data: Data): Data {
    if (data.buffer instanceof ArrayBuffer) return data;
    const copy = this.#buffer(name, this.#plan.dtypes[name]!, data.length, false);
    (copy as Float32Array).set(data as Float32Array);
    return copy;
  }

  #emptyRows(lane: number, parts: readonly PartJob[]): Map<string, RowSum> {
    const rows = new Map<string, RowSum>();
    for (const [name, table] of Object.entries(this.#plan.reduction.tables)) {
      const sizes = parts.flatMap(({ shapes }) =>
        table.outputs.map(({ indices }) => this.#size(shapes[indices]!)),
      );
      const seen = sizes.reduce((n, size) => n + size, 0);
      const most = Math.min(table.rows, seen);
      const key = `${lane}/${name}`;
      rows.set(name, {
        table,
        indices: this.#buffer(`${key}.indices`, "int32", most, this.#visible) as Int32Array,
        values: this.#buffer(`${key}.values`, "float32", most * table.width, this.#visible) as Float32Array,
        place: this.#place(name, table.rows),
        count: 0,
      });
    }
    return rows;
  }

  #place(name: string, rows: number): Int32Array {
    const place = this.#places.get(name) ?? new Int32Array(rows).fill(-1);
    this.#places.set(name, place);
    return place;
  }

  #addRows(sum: RowSum, indices: Int32Array, values: Float32Array): void {
    const { place, values: to, table } = sum;
    const { width } = table;
    for (let n = 0, from = 0; n < indices.length; n++, from += width) {
      const row = indices[n]!;
      if (place[row]! >= 0) {
        const at = place[row]! * width;
        for (let d = 0; d < width; d++) to[at + d]! += values[from + d]!;
      } else {
        const at = sum.count * width;
        sum.indices[sum.count] = row;
        place[row] = sum.count++;
        for (let d = 0; d < width; d++) to[at + d] = values[from + d]!;
      }
    }
  }

  #size(shape: readonly number[]): number {
    return shape.reduce((n, d) => n * d, 1);
  }

  /** A view of an array that grows and is kept. */
  #buffer(name: string, dtype: DType, size: number, shared: boolean): Data {
    let buffer = this.#buffers.get(name);
    if (buffer === undefined || buffer.length < size) {
      const Kind = { float32: Float32Array, int32: Int32Array, int64: BigInt64Array, bool: Uint8Array }[
        dtype
      ];
      const bytes = Math.ceil(size * 1.25) * Kind.BYTES_PER_ELEMENT;
      buffer = new Kind((shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes)) as ArrayBuffer);
      this.#buffers.set(name, buffer);
    }
    return buffer.subarray(0, size);
  }
}
