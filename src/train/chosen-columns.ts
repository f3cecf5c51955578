/** What a logistic loss looks at of a row: its ones, and some of its zeros. */
import { lengthOf, row, type Sequences } from "../dataset/index.ts";
import { input, type Feed } from "../graph/index.ts";
import type { Random } from "../random.ts";
import { float32, int32 } from "./feeds.ts";
import { drawUnseen } from "./pairs.ts";

export const chosenInputs = () => ({
  chosen: input("chosen.columns", ["B", "S"], "int32"),
  labels: input("chosen.labels", ["B", "S"]),
  counts: input("chosen.counts", ["B", "S"]),
});

/** Each row's ones, then `negatives` times as many zeros. @param columns of the matrix */
export function chosenFeeds(
  matrix: Sequences,
  part: Int32Array,
  negatives: number,
  columns: number,
  draw: Random,
): Record<string, Feed> {
  const width = (1 + negatives) * part.reduce((most, r) => Math.max(most, lengthOf(matrix, r)), 1);
  const shape = [part.length, width];
  const size = part.length * width;
  const [chosen, labels, counts] = [new Int32Array(size), new Float32Array(size), new Float32Array(size)];
  part.forEach((r, b) => {
    const ones = row(matrix, r);
    const [begin, n] = [b * width, ones.length];
    const met = new Set(ones);
    chosen.fill(ones[0]!, begin, begin + width).set(ones, begin);
    for (let s = n; s < (1 + negatives) * n; s++)
      chosen[begin + s] = drawUnseen((i) => met.has(i), columns, draw);
    labels.fill(1, begin, begin + n);
    counts.fill(1, begin, begin + (1 + negatives) * n);
  });
  return {
    "chosen.columns": int32(chosen, shape),
    "chosen.labels": float32(labels, shape),
    "chosen.counts": float32(counts, shape),
  };
}
