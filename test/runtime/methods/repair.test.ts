import { expect, it } from "vitest";
import { repair } from "../../../src/methods/index.ts";
import { sasrec } from "../../../src/models/index.ts";
import { agreement } from "../../contracts/fidelity.ts";
import { differences, gradientOf, inFloat64, value, type Values } from "../../contracts/graph-values.ts";
import { taught } from "../../contracts/list-batch.ts";
import { batch, dataset, items, k, listOf, queries, scoreOf, scores } from "../../contracts/list-world.ts";
import { rowsOf, signalOf } from "../../contracts/lists-of.ts";
import { methodContract } from "../../contracts/method-contract.ts";
import { scratch } from "../../unit/scratch.ts";

methodContract(repair, [{}, { repair: 10, labels: 0 }]);
const folder = await scratch();
const signal = await signalOf(folder.path("lists"), dataset, rowsOf(queries), k);
const mean = (values: readonly number[]) =>
  values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;
const softplus = (x: number) => Math.log1p(Math.exp(x));

const lossAt = (weight: number, of = scores, more: Values = {}) => {
  const { loss, values } = taught(repair, signal, dataset, { repair: weight }, batch, of);
  return inFloat64(loss, { ...values, ...more })[0]!;
};

it("mends both sides of each list, by hand, a mean over the queries", () => {
  const expected = batch.map((_, b) => {
    const wanted = listOf(b); // T
    const order = Array.from({ length: items }, (_, i) => i).sort((x, y) => scoreOf(b, y) - scoreOf(b, x));
    const own = order.slice(0, wanted.length); // S
    const theta = scoreOf(b, own.at(-1) ?? 0);
    const missing = wanted.filter((i) => !own.includes(i)).map((i) => softplus(theta - scoreOf(b, i)));
    const surplus = own.filter((j) => !wanted.includes(j)).map((j) => softplus(scoreOf(b, j) - theta));
    return (mean(missing) + mean(surplus)) / 4;
  });
  const total = expected.reduce((a, b) => a + b);
  expect(total).toBeGreaterThan(0.1);
  expect(lossAt(2) - lossAt(0)).toBeCloseTo(2 * total, 6);
});

it("has the gradient that differences show where theta is held", () => {
  const { loss, values, h } = taught(repair, signal, dataset, { repair: 3 }, batch, scores);
  const whole = inFloat64(gradientOf(loss, h), values);
  const thetas = new Set(
    batch.flatMap((_, b) => {
      const order = Array.from({ length: items }, (_, i) => i).sort((x, y) => scoreOf(b, y) - scoreOf(b, x));
      return listOf(b).length === 0 ? [] : [b * items + order[listOf(b).length - 1]!];
    }),
  );
  let compared = 0;
  differences(loss, "h", values).forEach((d, i) => {
    if (thetas.has(i)) return;
    expect(whole[i]).toBeCloseTo(d, 5);
    compared++;
  });
  expect(compared).toBe(batch.length * items - thetas.size);
});

it("has nothing to mend where the student's list is the teacher's, in whatever order", () => {
  const scored = batch.flatMap((_, b) =>
    Array.from({ length: items }, (_, item) => (listOf(b).includes(item) ? 5 + listOf(b).indexOf(item) : 0)),
  );
  const of = value(scored, [batch.length, items]);
  expect(lossAt(1, of)).toBeCloseTo(lossAt(0, of), 9);
});

it("repeats its teacher's first choices far more often than chance", async () => {
  expect(await agreement(folder.path("fidelity"), sasrec, "repair")).toBeGreaterThan(0.25);
});
