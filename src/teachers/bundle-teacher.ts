import type { Bundle } from "../export/index.ts";
import type { Teacher } from "./teacher.ts";

/** A bundle as a teacher: asked in this process, items of the history left out of its lists as its server does. */
export function bundleTeacher(bundle: Bundle): Teacher {
  const { manifest, vocabulary } = bundle;
  const known = (history: readonly string[]): Int32Array =>
    Int32Array.from(history.map((id) => vocabulary.index(id) ?? -1).filter((item) => item >= 0));
  return {
    name: manifest.name,
    endpoint: bundle.directory,
    version: manifest.weightsSha256,
    fingerprint: manifest.weightsSha256,
    dataset: manifest.dataset,
    capabilities: {
      scores: "ids+score",
      maxK: vocabulary.size,
      maxConcurrency: 1, // one session computes at a time; more callers would only queue
      batch: 64,
      costPerCall: 0,
      sequenceInput: "inline",
      filtersSeen: "yes",
    },
    recommend: async (histories, k) => {
      const requests = histories.map(known).map((history) => ({ history, exclude: new Set(history) }));
      const lists = await bundle.recommend(requests, k);
      const finite = lists.map((list) => list.filter(({ score }) => Number.isFinite(score))); // excluded items are -Infinity
      return finite.map((list) => ({
        ids: list.map(({ item }) => vocabulary.id(item)),
        scores: list.map(({ score }) => score),
        version: null,
      }));
    },
    close: () => Promise.resolve(),
  };
}
