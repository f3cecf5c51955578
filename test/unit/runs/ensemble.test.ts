/** An ensemble of two teachers, by hand. */
import { expect, it } from "vitest";
import { datasetFromLists } from "../../../src/dataset/index.ts";
import { protocolNamed } from "../../../src/evaluate/index.ts";
import { drive } from "../../../src/events.ts";
import { Ensemble } from "../../../src/methods/index.ts";
import { importance } from "../../../src/methods/importance.ts";
import { ensemble, ensembleScorer, type EnsembleInput } from "../../../src/runs/index.ts";
import type { TrajectorySignal } from "../../../src/signals/index.ts";

/** Targets: 4, 5 and 0. */
const dataset = datasetFromLists(
  [
    [0, 1, 4],
    [1, 2, 5],
    [3, 4, 0],
  ],
  { items: 7 },
);
const state = (lists: number[], spread: number[] | null) => ({
  lists: Int32Array.from(lists),
  own: new Int32Array(3),
  spread: spread && Float32Array.from(spread),
});
const a = state([2, 4, 5, 5, 4, -1, -1, -1, -1], [90, 0, 0, 0, 0, 0, 0, 0, 0]);
const b = state([2, 5, 4, 4, 3, 5, 0, 5, -1], [60, 0, 30, 0, 0, 0, 0, 0, 0]);
const signal: TrajectorySignal = {
  directory: "made",
  manifest: {
    schema: 1,
    kind: "trajectory",
    dataset: dataset.manifest.hash,
    k: 3,
    teachers: ["a", "b"].map((name) => ({ name, source: "", version: "", epochs: [1] })),
    hash: "",
  },
  states: [[a], [b]],
};
const input: EnsembleInput = {
  signal,
  dataset,
  protocol: { ...protocolNamed("rcekd-v1"), cutoffs: [1, 2] },
  weights: [1, 1],
  consistency: false,
  decay: 10,
};
/** Of each system the users whose target is first, and among the first two. */
const hits = async (more: Partial<EnsembleInput> = {}) =>
  Object.fromEntries(
    (await drive(ensemble({ ...input, ...more }))).rows.map(({ system, teacher, metrics }) => [
      [system, teacher].filter(Boolean).join(" "),
      [metrics["recall@1"]!, metrics["recall@2"]!].map((mean) => Math.round(3 * mean)),
    ]),
  );

const r = (place: number) => Math.exp(-place / 10);
const c = (spread: number) => Math.exp(-spread / 100);

it("importance is by rank, and by consistency where it is wanted", () => {
  expect(importance(0, null, 10)).toBe(1);
  expect(importance(10, null, 10)).toBeCloseTo(Math.exp(-1), 12);
  expect(importance(5, 100, 10)).toBeCloseTo(r(5) + Math.exp(-1), 12);
  expect(importance(10, null, 50)).toBeCloseTo(Math.exp(-0.2), 12);
});

it("scores are sums of importances; what no teacher lists is no candidate", async () => {
  const scorer = ensembleScorer(
    new Ensemble(signal, 7, { decay: 10, consistency: true, weights: [1, 0.5] }),
    7,
  );
  const scores = await scorer.score(Int32Array.of(0, 2), []);
  const none = -Infinity;
  const first = [r(0) + c(90) + (r(0) + c(60)) / 2, r(1) + 1 + (r(2) + c(30)) / 2, r(2) + 1 + (r(1) + 1) / 2];
  [none, none, first[0]!, none, first[1]!, first[2]!, none].forEach((x, i) =>
    expect(scores[i]).toBeCloseTo(x, 6),
  );
  [(r(0) + 1) / 2, none, none, none, none, (r(1) + 1) / 2, none].forEach((x, i) =>
    expect(scores[7 + i]).toBeCloseTo(x, 6),
  );
});

it("measures the ensemble, each teacher by its list, and the ensemble without each", async () => {
  // User 0: 2 before 4 and 5, which are equal: the smaller. User 1: 4 before 5 by the places 1 + 0 against 0 + 2. User 2: 0.
  expect(await hits()).toEqual({
    ensemble: [1, 3],
    "alone a": [1, 2],
    "alone b": [1, 1],
    "without a": [1, 1],
    "without b": [1, 2],
  });
});

it("weights count; a teacher of weight 0 is left out, and nobody is without the only one", async () => {
  expect((await hits({ weights: [1, 0.2] }))["ensemble"]).toEqual([2, 3]);
  expect(await hits({ weights: [2, 0] })).toEqual({ ensemble: [1, 2], "alone a": [1, 2] });
});

it("steady places count where consistency is wanted, but not for a teacher alone", async () => {
  // User 0: of item 2 both places waver, of item 4 one and of item 5 none.
  const found = await hits({ consistency: true });
  expect(found["ensemble"]).toEqual([1, 3]);
  expect(found["alone a"]).toEqual([1, 2]);
  expect(found["without b"]).toEqual([2, 2]);
  const unkept = { ...signal, states: [[a], [{ ...b, spread: null }]] };
  await expect(hits({ signal: unkept, consistency: true })).rejects.toThrow("without it for b");
  expect((await hits({ signal: unkept, consistency: true, weights: [1, 0] }))["ensemble"]).toEqual([2, 2]);
});
