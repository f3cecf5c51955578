/** Parts of a batch on several threads: real worker threads, started from source. */
import { afterAll, describe, expect, it } from "vitest";
import { gather, gradients, input, mul, sum, type Feed, type Tensor } from "../../src/graph/index.ts";
import { ParallelProgram, type LaneResult } from "../../src/runtime/index.ts";

const [rows, width] = [5, 2];
const table = { data: Float32Array.from({ length: rows * width }, (_, i) => i), shape: [rows, width] };
const scale = { data: Float32Array.of(2, 3), shape: [width] };

/** loss = sum over n and d of scale_d table[ids_n, d]: the gradient counts ids, times scale. */
async function openProgram(threads: number): Promise<ParallelProgram> {
  const [items, factors] = [input("table", [rows, width]), input("scale", [width])];
  const loss = sum(mul(gather(items, input("ids", ["N"], "int32")), factors));
  const [byRow, dense] = gradients(loss, [items, factors]);
  const { indices, values } = byRow!.rows[0]!;
  const outputs: Record<string, Tensor> = { loss, dense: dense!.dense!, indices, values };
  const reduction = {
    sums: ["loss", "dense"],
    tables: { table: { rows, width, outputs: [{ indices: "indices", values: "values" }] } },
  };
  return ParallelProgram.compile(outputs, reduction, { table, scale }, { provider: "cpu", threads });
}

const part = (...ids: number[]): Record<string, Feed> => ({
  ids: { data: Int32Array.from(ids), shape: [ids.length] },
});
const parts = [part(0, 1, 1), part(4), part(2, 2, 2, 0), part(3, 4), part(1, 0), part(4, 4, 1)];
const ids = [0, 1, 1, 4, 2, 2, 2, 0, 3, 4, 1, 0, 4, 4, 1];
const bad = part(rows + 7);

/** All lanes together: the loss, and how often each row was seen. */
function added(lanes: readonly LaneResult[]): { loss: number; dense: number[]; counts: number[] } {
  const counts = new Array<number>(rows).fill(0);
  for (const { rows: found } of lanes) {
    const { indices, values } = found["table"]!;
    expect(new Set(indices).size).toBe(indices.length);
    indices.forEach((row, n) => (counts[row]! += values[n * width]! / scale.data[0]!));
  }
  const total = (name: string, d: number) => lanes.reduce((sum, lane) => sum + lane.sums[name]![d]!, 0);
  return { loss: total("loss", 0), dense: [total("dense", 0), total("dense", 1)], counts };
}

function expected(): ReturnType<typeof added> {
  const counts = new Array<number>(rows).fill(0);
  for (const id of ids) counts[id]!++;
  const dense = [0, 1].map((d) => ids.reduce((sum, id) => sum + table.data[id * width + d]!, 0));
  return { loss: 2 * dense[0]! + 3 * dense[1]!, dense, counts };
}

describe.each([1, 2, 3, 9])("on %i threads", async (threads) => {
  const program = await openProgram(threads);
  afterAll(() => program.close());

  it("adds the parts up, again and again", async () => {
    for (let times = 0; times < 3; times++) expect(added(await program.run(parts))).toEqual(expected());
  });

  it("sees the resident inputs as they are at each run", async () => {
    scale.data.set([5, 7]);
    const { loss, dense } = added(await program.run(parts));
    scale.data.set([2, 3]);
    expect(loss).toBe(5 * dense[0]! + 7 * dense[1]!);
  });

  it("takes parts of other sizes and numbers, one part among them", async () => {
    expect(added(await program.run(parts))).toEqual(expected());
    expect(added(await program.run([part(...ids)]))).toEqual(expected());
    expect(added(await program.run([part(...ids.slice(0, 4)), part(...ids.slice(4))]))).toEqual(expected());
  });

  it.each([0, 1, 5])("says what went wrong in part %i, and works on", async (at) => {
    const one = parts.map((own, p) => (p === at ? bad : own));
    await expect(program.run(one)).rejects.toThrow(/indices element out of data bounds/);
    expect(added(await program.run(parts))).toEqual(expected());
  });

  it("starts again after it was closed", async () => {
    await program.close();
    expect(added(await program.run(parts))).toEqual(expected());
  });
});

it("a thread that ends in the middle of a run is an error, not a wait", async () => {
  const program = await openProgram(2);
  const running = program.run(parts);
  await program.close();
  await expect(running).rejects.toThrow(/a worker thread stopped/);
});
