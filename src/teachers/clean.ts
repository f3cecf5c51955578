import type { Vocabulary } from "../dataset/index.ts";
import type { RawAnswer } from "./teacher.ts";

/** A list in item indices, and what was wrong with it. */
export interface CleanAnswer {
  readonly items: Int32Array;
  /** Aligned with items. */
  readonly scores: Float32Array | null;
  readonly unknownIds: number;
  readonly duplicateIds: number;
  /** Ids of the history that was shown. */
  readonly seenIds: number;
  /** Fewer items than asked for, once it is clean. */
  readonly short: boolean;
}

/**
 * Keeps the first k ids, drops unknown ones, those of the history and all but the first of repeated ones; invents none.
 * @param history items that the teacher was shown
 */
export function cleanAnswer(
  { ids, scores }: Pick<RawAnswer, "ids" | "scores">,
  vocabulary: Vocabulary,
  k: number,
  history: ArrayLike<number>,
): CleanAnswer {
  const shown = new Set(Array.from(history));
  const seen = new Set<number>();
  const kept: number[] = [];
  let unknownIds = 0;
  let duplicateIds = 0;
  let seenIds = 0;
  for (const [rank, id] of ids.slice(0, k).entries()) {
    const item = vocabulary.index(id);
    if (item === undefined) unknownIds++;
    else if (shown.has(item)) seenIds++;
    else if (seen.has(item)) duplicateIds++;
    else {
      seen.add(item);
      kept.push(rank);
    }
  }
  return {
    items: Int32Array.from(seen),
    scores: scores === null ? null : Float32Array.from(kept, (rank) => scores[rank]!),
    unknownIds,
    duplicateIds,
    seenIds,
    short: kept.length < k,
  };
}
