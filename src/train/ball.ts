/** Rows of tables that are kept within the unit ball: after a step those it read, after an epoch all. */
import type { Batch, Task } from "./task.ts";

export function keepInBall({ weights, ball = [] }: Task, reads: Batch["reads"] = {}): void {
  for (const name of ball) {
    const { shape, data } = weights[name]!;
    const width = data.length / shape[0]!;
    for (const r of reads[name] ?? new Int32Array(shape[0]!).keys()) shorten(data, r * width, width);
  }
}

/** Divides a longer vector by its length. */
function shorten(data: Float32Array, from: number, width: number): void {
  let squared = 0;
  for (let d = from; d < from + width; d++) squared += data[d]! * data[d]!;
  if (squared <= 1) return;
  const scale = 1 / Math.sqrt(squared);
  for (let d = from; d < from + width; d++) data[d]! *= scale;
}
