/**
 * Scores beside the graph: dot products of chosen rows of two weights come into a step's graph as an input, computed by
 * a kernel where the weights are, and their gradient goes back the same way. What is gathered is never written down.
 */
import type { Feed, Tensor } from "../graph/index.ts";
import type { Optimiser, Pairs, ScoreGradient } from "../optim/index.ts";
import type { Feeds } from "./task.ts";

/** An input of the graph that holds scores [N, S] of rows of weight `left` with rows of weight `right`. */
export interface Scored {
  readonly name: string;
  readonly leaf: Tensor;
  readonly left: string;
  readonly right: string;
  /** The feeds that hold the row [N] of `left`, and the rows [N, S] of `right`. */
  readonly rows: string;
  readonly chosen: string;
}

const pairsOf = ({ rows, chosen }: Scored, feeds: Feeds): Pairs => ({
  rows: feeds[rows]!.data as Int32Array,
  chosen: feeds[chosen]!.data as Int32Array,
});

/** @returns a feed per input. */
export function scoreFeeds(scored: readonly Scored[], feeds: Feeds, optimiser: Optimiser): Feeds {
  const entries = scored.map((input): [string, Feed] => {
    const pairs = pairsOf(input, feeds);
    const shape = [pairs.rows.length, pairs.chosen.length / pairs.rows.length];
    return [input.name, { data: optimiser.scores(input.left, input.right, pairs), shape }];
  });
  return Object.fromEntries(entries);
}

/** @param d the gradient of each input that has one */
export function scoreGradients(
  scored: readonly Scored[],
  feeds: Feeds,
  d: Readonly<Record<string, Float32Array>>,
): ScoreGradient[] {
  return scored.flatMap((input) => {
    const [{ left, right }, gradient] = [input, d[input.name]];
    return gradient === undefined ? [] : [{ left, right, ...pairsOf(input, feeds), d: gradient }];
  });
}
