import type { Vocabulary } from "./types.ts";

/** @returns a vocabulary over ids in index order, with an optional title for each. */
export function makeVocabulary(
  ids: readonly string[],
  titles?: readonly (string | null | undefined)[],
): Vocabulary {
  let indices: Map<string, number> | null = null; // built when first asked
  return {
    size: ids.length,
    id(index) {
      const id = ids[index];
      if (id === undefined) throw new RangeError(`no index ${index} in a vocabulary of ${ids.length}`);
      return id;
    },
    index: (id) => (indices ??= new Map(ids.map((each, i) => [each, i]))).get(id),
    title: (index) => titles?.[index] ?? undefined,
  };
}

/** @returns all original ids in index order. */
export function idsOf(vocabulary: Vocabulary): string[] {
  return Array.from({ length: vocabulary.size }, (_, index) => vocabulary.id(index));
}
