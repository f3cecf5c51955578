/** Whom a protocol ranks: the targets, and what they are ranked against. */
import { concatenateRows, row, type Sequences } from "../dataset/index.ts";
import { Random } from "../random.ts";
import type { EvaluationInput, Protocol } from "./types.ts";

export function targetsOf(data: EvaluationInput, { targets }: Protocol): Sequences {
  return targets === "valid+test" ? concatenateRows(data.valid, data.test) : data[targets];
}

/**
 * @returns a user's scores with all but the candidates at -Infinity; the given ones where every item is a candidate.
 *   Which items are drawn depends on the user alone, so every model meets the same ones.
 */
export function candidatesOf(
  { train, valid, test }: EvaluationInput,
  targets: Sequences,
  { negatives }: Protocol,
): (user: number, scores: Float32Array) => Float32Array {
  if (negatives === undefined) return (_user, scores) => scores;
  return (user, scores) => {
    const random = new Random(`candidates/${user}`);
    const taken = new Set([train, valid, test].flatMap((part) => Array.from(row(part, user))));
    const chosen = new Set(row(targets, user));
    const wanted = chosen.size + Math.min(negatives, scores.length - taken.size);
    while (chosen.size < wanted) {
      const item = random.integer(scores.length);
      if (!taken.has(item)) chosen.add(item);
    }
    const kept = new Float32Array(scores.length).fill(-Infinity);
    for (const item of chosen) kept[item] = scores[item]!;
    return kept;
  };
}
