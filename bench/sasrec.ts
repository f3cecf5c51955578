/** SASRec on histories, as the benchmarks train it. */
import {
  fromLists,
  graph,
  losses,
  nextItemOptions,
  nextItemTask,
  Random,
  sasrec,
  type Parameters,
  type Task,
} from "../src/index.ts";

export interface Setting {
  readonly items: number;
  readonly maxLength: number;
  readonly dropout: number;
  readonly loss: "bce" | "ce";
}

export const width = 64;
export const blocks = 2;
export const batchSize = 128;

/** @returns next-item training on these histories, with fresh weights. */
export function sasrecTask(
  histories: readonly ArrayLike<number>[],
  { items, maxLength, dropout, loss }: Setting,
): { task: Task; weights: Parameters } {
  const random = new Random(1);
  const modelOptions = { width, blocks, heads: 1, maxLength, dropout };
  const sizes = { users: histories.length, items };
  const weights = sasrec.parameters(sizes, modelOptions, random.split("weights"));
  const users = Int32Array.from(histories, (_, u) => u);
  const given = {
    model: sasrec,
    modelOptions,
    weights,
    train: fromLists(histories),
    users,
    random,
  };
  return { task: nextItemTask(given, nextItemOptions.parse({ loss, batchSize })), weights };
}

/** Multiply-adds of R full histories of T tokens, forward and twice that backward: projections and attention. */
export const stepFlops = (r: number, t: number): number =>
  3 * blocks * (6 * 2 * r * t * width ** 2 + 2 * 2 * r * t ** 2 * width);

export const stepFormula = "3 x 2 blocks x (6 x 2 B T D^2 + 2 x 2 B T^2 D)";

/** Products of the head: logits, dX and dW. */
export const headFlops = (n: number, items: number): number => 3 * 2 * n * items * width;

/** @returns the loss of the full-catalogue head alone, over n positions. */
export function headLoss(n: number, items: number): graph.Tensor {
  const h = graph.input("h", [n, width]);
  const table = losses.itemsOf(graph.input("items", [items, width]));
  return losses.fullSoftmax(h, table, graph.input("targets", [n, 1], "int32"), graph.input("c", [n, 1]));
}
