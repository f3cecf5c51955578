import { expect, it } from "vitest";
import { gap } from "../../../src/models/index.ts";
import { Random } from "../../../src/random.ts";
import { asked, labelled } from "../../../src/train/labels.ts";

const history = Int32Array.from([5, 8, 2, 9, 4, 7, 1, 3, 6, 0]);
const drawsOf = (hidden: number, newestAlone: number, of = history) =>
  Array.from({ length: 400 }, (_, seed) => labelled(of, { hidden, newestAlone }, new Random(seed)));

it("every item but the first is predicted from those before it", () => {
  expect(labelled(Int32Array.of(5, 8, 2), undefined, new Random(1))).toEqual({
    tokens: Int32Array.of(5, 8),
    at: Int32Array.of(0, 1),
    targets: Int32Array.of(8, 2),
  });
});

it("gaps hide their share of the items, which are the targets, and nothing else", () => {
  for (const { tokens, at, targets } of drawsOf(0.3, 0)) {
    expect(at).toHaveLength(3);
    expect(Array.from(tokens).filter((t) => t === gap)).toHaveLength(3);
    const filled = Int32Array.from(tokens);
    at.forEach((i, n) => (filled[i] = targets[n]!));
    expect(filled).toEqual(history);
  }
});

it("gaps are everywhere equally often, and drawn from the seed", () => {
  const counts = new Array<number>(10).fill(0);
  for (const { at } of drawsOf(0.2, 0)) for (const i of at) counts[i]!++;
  for (const count of counts) expect(Math.abs(count - 80)).toBeLessThan(32); // 4 standard deviations
  expect(drawsOf(0.2, 0.5)).toEqual(drawsOf(0.2, 0.5));
});

it("one item at least is hidden, all at most", () => {
  for (const { at } of drawsOf(0.01, 0, history.subarray(0, 2))) expect(at).toHaveLength(1);
  for (const { tokens } of drawsOf(1, 0)) expect(tokens).toEqual(new Int32Array(10).fill(gap));
});

it("in a share of the histories the newest item alone is hidden", () => {
  const alone = drawsOf(0.5, 0.25).filter(({ at }) => at.length === 1);
  expect(Math.abs(alone.length - 100)).toBeLessThan(35);
  for (const { at } of alone) expect(at).toEqual(Int32Array.of(9));
});

it("the next item is asked for after the newest token, or in a gap there", () => {
  const cloze = { hidden: 0.2, newestAlone: 0 };
  expect(asked(Int32Array.of(4, 2), undefined)).toEqual(Int32Array.of(4, 2));
  expect(asked(Int32Array.of(4, 2), cloze)).toEqual(Int32Array.of(4, 2, gap));
});
