import { expect, it } from "vitest";
import { makeShop, datasetFromLists, row, type Dataset } from "../../../src/dataset/index.ts";
import type { Scorer } from "../../../src/evaluate/index.ts";
import { input } from "../../../src/graph/index.ts";
import { itemsOf } from "../../../src/losses/index.ts";
import { uniformKl } from "../../../src/methods/index.ts";
import { bert4rec, gru4rec, hstu, sasrec, type Model } from "../../../src/models/index.ts";
import { askScorer, rowsOf, signalOf } from "../../contracts/lists-of.ts";
import { differences, drawn, gradientOf, inFloat64, value } from "../../contracts/graph-values.ts";
import { methodContract } from "../../contracts/method-contract.ts";
import { tinyLearn } from "../../contracts/tiny-run.ts";
import { scratch } from "../../unit/scratch.ts";

methodContract(uniformKl, [{}, { temperature: 3, views: true }]);
const folder = await scratch();

it("is 0, its minimum, where the student's distribution is the teacher's", async () => {
  const [items, k] = [4, 4];
  const dataset = datasetFromLists([[0, 1, 2]], { items });
  const signal = await signalOf(
    folder.path("same"),
    dataset,
    rowsOf([{ user: 0, end: 1, list: [2, 0, 3, 1] }]),
    k,
  );
  const o = uniformKl.options.parse({}) as never;
  const feeds = uniformKl
    .plan(signal, dataset.train, items, o)
    .feeds(Int32Array.of(0), new Int32Array(0), undefined as never);
  const numbers = Object.entries(feeds).map(
    ([name, { data, shape }]) => [name, value(Array.from(data as Float32Array), shape)] as const,
  );
  const h = input("h", ["Q", items]);
  const loss = uniformKl.loss({ h, items: itemsOf(input("items", [items, items])) } as never, k, o)!;
  const identity = Array.from({ length: items * items }, (_, i) => Number(i % (items + 1) === 0));
  const values = {
    ...Object.fromEntries(numbers),
    items: value(identity, [items, items]),
    h: value([Math.log(1 / 2), Math.log(1 / 4), 0, Math.log(1 / 3)], [1, items]), // ranks 2, 4, 1, 3: z = -ln j
  };
  expect(inFloat64(loss, values)[0]).toBeCloseTo(0, 6);
  inFloat64(gradientOf(loss, h), values).forEach((g) => expect(g).toBeCloseTo(0, 6));
  const elsewhere = { ...values, h: drawn([1, items], 3) };
  expect(inFloat64(loss, elsewhere)[0]).toBeGreaterThan(0.05);
  const found = inFloat64(gradientOf(loss, h), elsewhere);
  differences(loss, "h", elsewhere).forEach((d, i) => expect(found[i]).toBeCloseTo(d, 6));
});

const students = [sasrec, bert4rec, gru4rec, hstu] as Model[];
it.each(students)("$name repeats its teacher's first choices far more often than chance", async (model) => {
  const { histories } = makeShop({ users: 40, items: 30, seed: 3 });
  const dataset = datasetFromLists(histories, { items: 30 });
  const teacher = await tinyLearn({ model: sasrec, dataset, fit: { epochs: 10, patience: 10 } });
  const signal = await signalOf(
    folder.path(`fidelity-${model.name}`),
    dataset,
    await askScorer(dataset, teacher.scorer, 10),
    10,
  );
  const options = { labels: 0 };
  const student = await tinyLearn({
    model,
    dataset,
    seed: 9,
    teacher: { method: "uniform-kl", signal, options },
    fit: { epochs: 20, patience: 20 },
  });
  const [first, second] = [
    await firstChoices(dataset, teacher.scorer),
    await firstChoices(dataset, student.scorer),
  ];
  const agreed = first.filter((item, u) => item === second[u]).length;
  expect(agreed / first.length).toBeGreaterThan(0.4); // chance is 1 in 30 or so
});

/** Each user's best unseen item. */
async function firstChoices(dataset: Dataset, scorer: Scorer): Promise<number[]> {
  const users = Array.from({ length: dataset.users.size }, (_, u) => u);
  const shown = users.map((u) => row(dataset.train, u));
  const scores = await scorer.score(Int32Array.from(users), shown);
  return users.map((u) => {
    const own = Array.from(scores.subarray(u * scorer.items, (u + 1) * scorer.items), (s, i) =>
      shown[u]!.includes(i) ? -Infinity : s,
    );
    return own.indexOf(Math.max(...own));
  });
}
