import { expect, it } from "vitest";
import { listRd } from "../../../src/methods/index.ts";
import { inFloat64 } from "../../contracts/graph-values.ts";
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

methodContract(listRd, [{}, { k: 2, drawn: 3, start: 1, labels: 0 }]);
const folder = await scratch();
const signal = await signalOf(folder.path("lists"), dataset, rowsOf(queries), k);

it.each([
  ["rank alone before epoch `start`", 4],
  ["rank times the student's delay from it on", 5],
])("weights items by %s, by hand", (_text, epoch) => {
  const o = { k: 3, drawn: 16, lambda: 2, mu: 0.3, start: 5 };
  const { loss, feeds, values } = taught(listRd, signal, dataset, o, batch, scores, { epoch });
  const drawn = fedRows(feeds["lrd.drawn"]!);
  let expected = 0;
  batch.forEach((_, b) => {
    const list = listOf(b).slice(0, 3);
    const w = list.map((r, j) => {
      const share = drawn[b]!.filter((i) => scoreOf(b, i) > scoreOf(b, r)).length / 16;
      const delay = Math.floor((items - 1) * share) + 1 - j;
      return Math.exp(-j / 2) * (epoch >= 5 ? Math.max(0, Math.tanh(0.3 * delay)) : 1);
    });
    const total = w.reduce((a, c) => a + c, 0) || 1;
    list.forEach((r, j) => (expected += (w[j]! / total / 4) * Math.log(1 + Math.exp(-scoreOf(b, r)))));
  });
  expect(inFloat64(loss, values)[0]).toBeCloseTo(expected, 6);
});

it("cuts k to the length of the lists, and estimates ranks on what the user does not have", () => {
  const { feeds } = taught(listRd, signal, dataset, { drawn: 200 }, batch, scores);
  expect(fedRows(feeds["lrd.items"]!)).toEqual([
    [3, 4, 5, 6],
    [0, 1, 0, 0],
    [8, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ]);
  expect(fedRows(feeds["lrd.keep"]!).map((kept) => kept.reduce((a, b) => a + b))).toEqual([4, 2, 1, 0, 0]);
  const drawn = fedRows(feeds["lrd.drawn"]!);
  [0, 1, 2].forEach((b) => {
    const unseen = Array.from({ length: items }, (_, i) => i).filter((i) => !historyOf(b).includes(i));
    expect(Array.from(new Set(drawn[b])).sort()).toEqual(unseen);
  });
});
