import { expect, it } from "vitest";
import { rankMargin } from "../../../src/methods/index.ts";
import { sasrec } from "../../../src/models/index.ts";
import { agreement } from "../../contracts/fidelity.ts";
import { differences, gradientOf, inFloat64, value } from "../../contracts/graph-values.ts";
import { fedRows, taught } from "../../contracts/list-batch.ts";
import {
  batch,
  dataset,
  historyOf,
  items,
  k,
  listOf,
  queries,
  scoreOf,
  scores,
} from "../../contracts/list-world.ts";
import { rowsOf, signalOf } from "../../contracts/lists-of.ts";
import { methodContract } from "../../contracts/method-contract.ts";
import { scratch } from "../../unit/scratch.ts";

methodContract(rankMargin, [{}, { labels: 0 }]);
const folder = await scratch();
const signal = await signalOf(folder.path("lists"), dataset, rowsOf(queries), k);
const mean = (values: readonly number[]) =>
  values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;

it("is two mean hinges of each list, by hand, a mean over the queries", () => {
  const o = { orderMargin: 0.75, negativeMargin: 1.5 };
  const { loss, feeds, values, h } = taught(rankMargin, signal, dataset, o, batch, scores);
  const negatives = fedRows(feeds["rm.negatives"]!);
  const expected = batch.map((_, b) => {
    const list = listOf(b);
    const order = list.slice(1).map((r, i) => Math.max(0, scoreOf(b, r) - scoreOf(b, list[i]!) + 0.75));
    const paired = list.slice(0, b === 0 ? 2 : k); // of nine items 7 and 8 are left to the first
    const apart = paired.map((r, i) => Math.max(0, scoreOf(b, negatives[b]![i]!) - scoreOf(b, r) + 1.5));
    return (mean(order) + mean(apart)) / 4;
  });
  expect(inFloat64(loss, values)[0]).toBeCloseTo(
    expected.reduce((a, b) => a + b),
    6,
  );
  const found = inFloat64(gradientOf(loss, h), values);
  differences(loss, "h", values).forEach((d, i) => expect(found[i]).toBeCloseTo(d, 6));
});

it("draws negatives that neither the user has nor the list holds, each once, others in another epoch", () => {
  const drawn = (seed: number) =>
    fedRows(taught(rankMargin, signal, dataset, {}, batch, scores, { seed }).feeds["rm.negatives"]!);
  const seen = new Set<string>();
  for (let seed = 0; seed < 30; seed++) {
    const negatives = drawn(seed);
    seen.add(JSON.stringify(negatives));
    [1, 2].forEach((b) => {
      expect(new Set(negatives[b]).size).toBe(k);
      for (const item of negatives[b]!) expect([...listOf(b), ...historyOf(b)]).not.toContain(item);
    });
    expect([7, 8]).toContain(negatives[0]![0]); // all that is left of nine
    expect([7, 8]).toContain(negatives[0]![1]);
  }
  expect(seen.size).toBeGreaterThan(20);
});

it("is 0 where every step of the list is a margin and all else is far below", () => {
  const scored = batch.flatMap((_, b) =>
    Array.from({ length: items }, (_, item) => (listOf(b).includes(item) ? -listOf(b).indexOf(item) : -9)),
  );
  const lossAt = (orderMargin: number) => {
    const of = value(scored, [batch.length, items]);
    const { loss, values } = taught(rankMargin, signal, dataset, { orderMargin }, batch, of);
    return inFloat64(loss, values)[0];
  };
  expect(lossAt(1)).toBe(0);
  expect(lossAt(1.25)).toBeCloseTo((0.25 + 0.25) / 4, 7); // of the two lists with an order
});

it("has no order to learn from lists of one item", async () => {
  const single = queries.map(({ list, ...query }) => ({ ...query, list: list.slice(0, 1) }));
  const one = await signalOf(folder.path("one"), dataset, rowsOf(single), 1);
  const { loss, feeds, values } = taught(rankMargin, one, dataset, {}, batch, scores);
  const negatives = fedRows(feeds["rm.negatives"]!);
  const apart = [0, 1, 2].map((b) =>
    Math.max(0, scoreOf(b, negatives[b]![0]!) - scoreOf(b, listOf(b)[0]!) + 0.5),
  );
  expect(inFloat64(loss, values)[0]).toBeCloseTo(apart.reduce((a, c) => a + c) / 4, 6);
});

it("repeats its teacher's first choices far more often than chance", async () => {
  expect(await agreement(folder.path("fidelity"), sasrec, "rank-margin")).toBeGreaterThan(0.25);
});
