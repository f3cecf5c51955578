import { expect, it } from "vitest";
import { datasetFromLists } from "../../../src/dataset/index.ts";
import { uniformKl } from "../../../src/methods/index.ts";
import { bert4rec, gru4rec, hstu, sasrec, type Model } from "../../../src/models/index.ts";
import { agreement } from "../../contracts/fidelity.ts";
import { differences, drawn, gradientOf, inFloat64, value } from "../../contracts/graph-values.ts";
import { taught } from "../../contracts/list-batch.ts";
import * as world from "../../contracts/list-world.ts";
import { rowsOf, signalOf } from "../../contracts/lists-of.ts";
import { methodContract } from "../../contracts/method-contract.ts";
import { scratch } from "../../unit/scratch.ts";

methodContract(uniformKl, [{}, { temperature: 3, views: 1 }, { views: 1, viewLists: "own" }]);
const folder = await scratch();

const items = 4;
const dataset = datasetFromLists([[0, 1, 2]], { items });
const signal = await signalOf(
  folder.path("same"),
  dataset,
  rowsOf([{ user: 0, end: 1, list: [2, 0, 3, 1] }]),
  4,
);

it("is 0, its minimum, where the student's distribution is the teacher's", () => {
  const ranked = value([Math.log(1 / 2), Math.log(1 / 4), 0, Math.log(1 / 3)], [1, items]); // ranks 2, 4, 1, 3: z = -ln j
  const { loss, h, values } = taught(uniformKl, signal, dataset, {}, [0], ranked);
  expect(inFloat64(loss, values)[0]).toBeCloseTo(0, 6);
  inFloat64(gradientOf(loss, h), values).forEach((g) => expect(g).toBeCloseTo(0, 6));
  const elsewhere = { ...values, h: drawn([1, items], 3) };
  expect(inFloat64(loss, elsewhere)[0]).toBeGreaterThan(0.05);
  const found = inFloat64(gradientOf(loss, h), elsewhere);
  differences(loss, "h", elsewhere).forEach((d, i) => expect(found[i]).toBeCloseTo(d, 6));
});

it("at temperature 1 has the gradient of the cross-entropy to weights 1/j", () => {
  const { loss, h, values } = taught(uniformKl, signal, dataset, {}, [0], drawn([1, items], 4));
  const e = Array.from(values["h"]!.data, Math.exp);
  const total = e.reduce((a, b) => a + b);
  const q = [1 / 2, 1 / 4, 1, 1 / 3].map((w) => w / (1 + 1 / 2 + 1 / 3 + 1 / 4));
  inFloat64(gradientOf(loss, h), values).forEach((g, i) => expect(g).toBeCloseTo(e[i]! / total - q[i]!, 6));
});

it("teaches a view the whole history's list by hand, half as much where views are half, a mean over both", async () => {
  const list = world.queries[0]!.list;
  const of = value(Array.from(world.scores.data).slice(0, 2 * world.items), [2, world.items]);
  const lists = await signalOf(folder.path("views"), world.dataset, rowsOf(world.queries), world.k);
  const { loss, values } = taught(uniformKl, lists, world.dataset, { views: 0.5 }, [0, 3], of);
  const q = list.map((_, j) => 1 / (j + 1) / (1 + 1 / 2 + 1 / 3 + 1 / 4));
  const kl = (b: number) => {
    const all = Array.from({ length: world.items }, (_, item) => Math.exp(world.scoreOf(b, item)));
    const total = all.reduce((x, y) => x + y);
    return q.reduce((sum, p, j) => sum + p * Math.log((p * total) / all[list[j]!]!), 0);
  };
  expect(world.queries[3]!.list).not.toEqual(list);
  expect(inFloat64(loss, values)[0]).toBeCloseTo((kl(0) + 0.5 * kl(1)) / 2, 5);
});

const students = [sasrec, bert4rec, gru4rec, hstu] as Model[];
it.each(students)("$name repeats its teacher's first choices far more often than chance", async (model) => {
  expect(await agreement(folder.path(model.name), model, "uniform-kl")).toBeGreaterThan(0.4);
});
