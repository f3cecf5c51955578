/** The vectors that a sequence model scores with: of every user, at the end of their training history, and of every item. */
import { lengthOf, row, rows, type Sequences } from "../dataset/index.ts";
import { input } from "../graph/index.ts";
import { leavesOf, padHistories, type SequenceModel } from "../models/index.ts";
import { Program } from "../runtime/index.ts";
import type { Factors } from "../signals/index.ts";
import type { ScorerInput } from "./scorer.ts";

/** Tokens that are read at once. */
const chunkTokens = 12_800;

/**
 * @param width D
 * @returns a function that computes them from the weights as they are at each call; 0 for a user without a history.
 */
export async function historyVectors(
  { model, options, weights, device }: ScorerInput & { readonly model: SequenceModel },
  train: Sequences,
  width: number,
): Promise<() => Promise<Factors>> {
  const history = input("history", ["B", "T"], "int32");
  const made = model.vectors(leavesOf(weights), options, history, input("user", ["B"], "int32"));
  const program = await Program.compile({ userVectors: made.users, itemVectors: made.items }, device);
  const chunks = chunksOf(train, model.maxLength(options));
  return async () => {
    const users = new Float32Array(rows(train) * width);
    let items: Float32Array = new Float32Array(0);
    for (const chunk of chunks) {
      const histories = Array.from(chunk, (u) => row(train, u));
      const { data, width: longest } = padHistories(histories, model.maxLength(options));
      const found = await program.run({
        ...weights,
        history: { data, shape: [chunk.length, longest] },
        user: { data: chunk, shape: [chunk.length] },
      });
      const vectors = found.userVectors.data as Float32Array;
      chunk.forEach((u, b) => users.set(vectors.subarray(b * width, (b + 1) * width), u * width));
      items = found.itemVectors.data as Float32Array;
    }
    return { users: { width, data: users }, items: { width, data: Float32Array.from(items) } };
  };
}

/** Users who have a history, in groups of about one length, so that little is padding. */
function chunksOf(train: Sequences, maxLength: number): Int32Array[] {
  const length = (u: number) => Math.min(maxLength, lengthOf(train, u));
  const order = Array.from({ length: rows(train) }, (_, u) => u).filter((u) => length(u) > 0);
  order.sort((a, b) => length(b) - length(a) || a - b);
  const chunks: Int32Array[] = [];
  for (let from = 0; from < order.length; from += chunks.at(-1)!.length) {
    const count = Math.max(1, Math.floor(chunkTokens / length(order[from]!)));
    chunks.push(Int32Array.from(order.slice(from, from + count)));
  }
  return chunks;
}
