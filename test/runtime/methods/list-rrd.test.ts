import { expect, it } from "vitest";
import { listRrd } from "../../../src/methods/index.ts";
import { sasrec } from "../../../src/models/index.ts";
import { agreement } from "../../contracts/fidelity.ts";
import { differences, gradientOf, inFloat64 } from "../../contracts/graph-values.ts";
import { fedRows, taught } from "../../contracts/list-batch.ts";
import {
  batch,
  dataset,
  historyOf,
  k,
  listOf,
  queries,
  scoreOf,
  scores,
} from "../../contracts/list-world.ts";
import { rowsOf, signalOf } from "../../contracts/lists-of.ts";
import { methodContract } from "../../contracts/method-contract.ts";
import { scratch } from "../../unit/scratch.ts";

methodContract(listRrd, [{}, { sampling: "ranks", k: 2, drawn: 3, labels: 0 }]);
const folder = await scratch();
const signal = await signalOf(folder.path("lists"), dataset, rowsOf(queries), k);

it.each(["none", "ranks"])(
  "is the list likelihood with its tail, by hand, a mean over places and queries: sampling %s",
  (sampling) => {
    const o = { k: 3, drawn: 3, sampling };
    const { loss, feeds, values, h } = taught(listRrd, signal, dataset, o, batch, scores);
    const [lists, tails] = [fedRows(feeds["lrrd.items"]!), fedRows(feeds["lrrd.tail"]!)];
    const inTail = fedRows(feeds["lrrd.tailMask"]!);
    let expected = 0;
    [0, 1, 2].forEach((b) => {
      const list = lists[b]!.slice(0, Math.min(3, listOf(b).length));
      const tail = tails[b]!.filter((_, i) => inTail[b]![i] === 0);
      expect(tail).toHaveLength(b === 0 ? 2 : 3); // of nine items 7 and 8 are left to the first
      list.forEach((r, i) => {
        const rest = [...list.slice(i), ...tail].reduce((sum, j) => sum + Math.exp(scoreOf(b, j)), 0);
        expected += (Math.log(rest) - scoreOf(b, r)) / list.length / 4;
      });
    });
    expect(inFloat64(loss, values)[0]).toBeCloseTo(expected, 5);
    const found = inFloat64(gradientOf(loss, h), values);
    differences(loss, "h", values).forEach((d, i) => expect(found[i]).toBeCloseTo(d, 5));
  },
);

it("draws some of the list, in its order, and a tail that neither the user has nor the list holds", () => {
  const firsts = [0, 0, 0, 0];
  for (let seed = 0; seed < 400; seed++) {
    const o = { k: 1, drawn: 2, sampling: "ranks", temperature: 2 };
    const { feeds } = taught(listRrd, signal, dataset, o, batch, scores, { seed });
    firsts[listOf(0).indexOf(fedRows(feeds["lrrd.items"]!)[0]![0]!)]!++;
  }
  const w = [0, 1, 2, 3].map((r) => Math.exp(-r / 2));
  const total = w.reduce((a, b) => a + b);
  firsts.forEach((n, r) => expect(Math.abs(n / 400 - w[r]! / total)).toBeLessThan(0.08));
  for (let seed = 0; seed < 20; seed++) {
    const o = { k: 3, drawn: 2, sampling: "ranks" };
    const { feeds } = taught(listRrd, signal, dataset, o, batch, scores, { seed });
    const places = fedRows(feeds["lrrd.items"]!)[0]!.map((item) => listOf(0).indexOf(item));
    expect(places).toEqual(places.slice().sort());
    expect(new Set(places).size).toBe(3);
    expect(fedRows(feeds["lrrd.keep"]!)).toEqual([[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0]]); // prettier-ignore
    [0, 1, 2].forEach((b) => {
      for (const item of fedRows(feeds["lrrd.tail"]!)[b]!)
        expect([...listOf(b), ...historyOf(b)]).not.toContain(item);
    });
  }
});

it("repeats its teacher's first choices far more often than chance", async () => {
  expect(await agreement(folder.path("fidelity"), sasrec, "list-rrd")).toBeGreaterThan(0.4);
});
