/** What histories teach on their own: the items that follow tokens, or the items hidden in gaps. */
import { gap, type Cloze } from "../models/index.ts";
import type { Random } from "../random.ts";

/** A history as a model reads it to learn: targets[n] is predicted at token at[n]. */
export interface Labelled {
  readonly tokens: Int32Array;
  readonly at: Int32Array;
  readonly targets: Int32Array;
}

/** @param history at least two items, one more than the model reads at most */
export function labelled(history: Int32Array, cloze: Cloze | undefined, random: Random): Labelled {
  if (cloze !== undefined) return withGaps(history, cloze, random);
  const at = Int32Array.from({ length: history.length - 1 }, (_, i) => i);
  return { tokens: history.subarray(0, -1), at, targets: history.subarray(1) };
}

function withGaps(history: Int32Array, { hidden, newestAlone }: Cloze, random: Random): Labelled {
  const n = history.length;
  const alone = random.uniform() < newestAlone;
  const at = alone ? Int32Array.of(n - 1) : random.sample(n, Math.max(1, Math.round(n * hidden)));
  const targets = at.map((i) => history[i]!);
  const tokens = Int32Array.from(history);
  for (const i of at) tokens[i] = gap;
  return { tokens, at, targets };
}

/** @returns the tokens at whose last the model predicts what follows the history. */
export const asked = (history: Int32Array, cloze: Cloze | undefined): Int32Array =>
  cloze === undefined ? history : Int32Array.of(...history, gap);
