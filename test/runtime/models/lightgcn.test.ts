import { describe, expect, it } from "vitest";
import { fromLists } from "../../../src/dataset/index.ts";
import { lightgcn, mf, type Edges, type Parameters, type UserModel } from "../../../src/models/index.ts";
import { evaluate, protocolNamed } from "../../../src/evaluate/index.ts";
import { drive } from "../../../src/events.ts";
import { Optimiser, optimiserOptions, type GradientArrays } from "../../../src/optim/index.ts";
import { Random } from "../../../src/random.ts";
import {
  bprOptions,
  bprTask,
  scoreFeeds,
  scoreGradients,
  Propagated,
  Step,
} from "../../../src/train/index.ts";
import { densePropagation, spread } from "../../contracts/dense-graph.ts";
import { oneThread } from "../../contracts/graph-values.ts";
import { modelContract } from "../../contracts/model-contract.ts";
import { checkerboard, tinyLearn } from "../../contracts/tiny-run.ts";

const model = lightgcn as UserModel;
modelContract(model);

/** User 3 met nobody, item 4 nobody met; user 0 met item 1 twice. */
const lists = [[1, 0, 1, 3], [1, 2], [0, 1, 2, 3, 5], [], [5]]; // prettier-ignore
const sizes = { users: lists.length, items: 6 };
const edges: Edges = {
  user: Int32Array.from(lists.flatMap((list, u) => list.map(() => u))),
  item: Int32Array.from(lists.flat()),
};

const options = (width: number, layers: number) => model.options.parse({ width, layers });
const drawn = (width: number) => model.parameters(sizes, options(width, 0), new Random(1));
const flat = ({ users, items }: Parameters) => [...users!.data, ...items!.data];
const propagated = (weights: Parameters, width: number, layers: number) =>
  new Propagated(model.propagation!(sizes, options(width, layers), edges), weights);

describe.each([0, 1, 2, 3, 4])("propagation over %i layers", (layers) => {
  const exact = densePropagation(sizes, edges, layers);

  it.each([1, 6, 67])("makes the tables of the paper's matrix, width %i", (width) => {
    const weights = drawn(width);
    const tables = flat(propagated(weights, width, layers).forward());
    spread(exact, flat(weights), width).forEach((e, i) => expect(tables[i]).toBeCloseTo(e, 6));
  });

  it("follows the weights, and leaves them alone", () => {
    const weights = drawn(4);
    const map = propagated(weights, 4, layers);
    const [before, first] = [flat(weights), flat(map.forward())];
    map.backward(tableGradients(4));
    expect(flat(map.forward())).toEqual(first);
    expect(flat(weights)).toEqual(before);
    weights["users"]!.data.fill(0.5);
    const moved = spread(exact, flat(weights), 4);
    flat(map.forward()).forEach((t, i) => expect(t).toBeCloseTo(moved[i]!, 6));
  });

  it("brings back gradients by the transpose, whole tables and rows alike", () => {
    const { users, items } = propagated(drawn(4), 4, layers).backward(tableGradients(4));
    const whole = Array.from({ length: 4 * sizes.users }, (_, i) => i / 8);
    const rows = new Array<number>(4 * sizes.items).fill(0);
    rows.splice(2 * 4, 4, 1 + 5, 2 + 6, 3 + 7, 4 + 8);
    rows.splice(5 * 4, 4, 1, 1, 1, 1);
    const expected = spread(exact, [...whole, ...rows], 4); // the map is symmetric
    expect(users!.rows.length + items!.rows.length).toBe(0);
    [...users!.dense!, ...items!.dense!].forEach((g, i) => expect(g).toBeCloseTo(expected[i]!, 5));
  });

  it("keeps who has no edge: their share of their own vector and nothing else", () => {
    const weights = drawn(3);
    const { users, items } = propagated(weights, 3, layers).forward();
    const alone = (table: Float32Array, row: number) => Array.from(table.subarray(3 * row, 3 * row + 3));
    alone(users!.data, 3).forEach((v, j) =>
      expect(v).toBeCloseTo(weights["users"]!.data[9 + j]! / (layers + 1), 6),
    );
    alone(items!.data, 4).forEach((v, j) =>
      expect(v).toBeCloseTo(weights["items"]!.data[12 + j]! / (layers + 1), 6),
    );
  });
});

/** Of the users, a whole table; of the items, rows, one of them twice. */
const tableGradients = (width: number): Record<string, GradientArrays> => ({
  users: { dense: Float32Array.from({ length: width * sizes.users }, (_, i) => i / 8), rows: [] },
  items: {
    dense: null,
    rows: [
      { indices: Int32Array.of(2), values: Float32Array.of(1, 2, 3, 4) },
      { indices: Int32Array.of(2, 5), values: Float32Array.of(5, 6, 7, 8, 1, 1, 1, 1) },
    ],
  },
});

function taskOf(of: UserModel, weights: Parameters, width: number, layers: number) {
  const users = Int32Array.from(lists.keys());
  const given = {
    model: of,
    modelOptions: options(width, layers),
    weights,
    train: fromLists(lists),
    users,
    random: new Random(3),
  };
  return bprTask(given, bprOptions.parse({ batchSize: 7 }));
}

it("the gradient of BPR through the propagation is that of finite differences", async () => {
  const [width, layers] = [3, 3];
  const weights = drawn(width);
  const task = taskOf(model, weights, width, layers);
  const { feeds } = task.epoch(0).batch(0);
  const u = Array.from(feeds["pair.users"]!.data, Number);
  const items = Array.from(feeds["pair.items"]!.data, Number);
  const [p, n] = [items.filter((_, i) => i % 2 === 0), items.filter((_, i) => i % 2 === 1)];
  const map = densePropagation(sizes, edges, layers);
  const loss = (table: readonly number[]) => {
    const e = spread(map, table, width);
    const vector = (row: number) => e.slice(row * width, (row + 1) * width);
    const score = (user: number, item: number) =>
      vector(user).reduce((s, v, j) => s + v * vector(sizes.users + item)[j]!, 0);
    const each = u.map((user, i) => Math.log1p(Math.exp(score(user, n[i]!) - score(user, p[i]!))));
    return each.reduce((a, b) => a + b, 0) / each.length;
  };
  const at = flat(weights);
  const moved = (i: number, by: number) => loss(at.map((v, j) => (j === i ? v + by : v)));
  const slopes = at.map((_, i) => (moved(i, 1e-6) - moved(i, -1e-6)) / 2e-6);

  const step = await Step.compile(task, oneThread);
  const found = await step.run([feeds]);
  expect(found.loss).toBeCloseTo(loss(at), 6);
  const options = optimiserOptions.parse({ optimiser: "sgd", learningRate: 1 });
  new Optimiser(weights, options).update(found.gradients);
  const down = flat(weights).map((w, i) => at[i]! - w);
  expect(Math.max(...slopes.map(Math.abs))).toBeGreaterThan(0.005);
  slopes.forEach((s, i) => expect(down[i]).toBeCloseTo(s, 6));
});

it("without layers it is MF, whose scores are computed beside the graph", async () => {
  const trained = async (of: UserModel) => {
    const weights = drawn(5);
    const task = taskOf(of, weights, 5, 0);
    const step = await Step.compile(task, oneThread);
    const options = optimiserOptions.parse({ optimiser: "sgd", learningRate: 0.5 });
    const { inputs, most } = task.scored!;
    const optimiser = new Optimiser(weights, options, undefined, most);
    for (let epoch = 0; epoch < 5; epoch++)
      for (let s = 0; s < task.epoch(epoch).steps; s++) {
        const { feeds } = task.epoch(epoch).batch(s);
        const { gradients, scored } = await step.run([{ ...feeds, ...scoreFeeds(inputs, feeds, optimiser) }]);
        optimiser.update(gradients, scoreGradients(inputs, feeds, scored!));
      }
    return { trained: flat(weights), inputs };
  };
  const [ours, theirs] = [await trained(model), await trained(mf)];
  expect([ours.inputs.length, theirs.inputs.length]).toEqual([0, 1]);
  ours.trained.forEach((w, i) => expect(w).toBeCloseTo(theirs.trained[i]!, 6));
  expect(ours.trained).not.toEqual(flat(drawn(5)));
});

it("is validated as the last step left it", async () => {
  const dataset = checkerboard();
  const fit = { epochs: 1, learningRate: 0.5 };
  const { bestValue, scorer } = await tinyLearn({ model, dataset, fit, taskOptions: { batchSize: 4096 } });
  const { metrics } = await drive(
    evaluate({ scorer, data: dataset, protocol: protocolNamed("sasrec-full-valid") }),
  );
  expect(bestValue).toBe(metrics["ndcg@10"]);
  const { bestValue: untrained } = await tinyLearn({
    ...{ model, dataset, taskOptions: { batchSize: 4096 } },
    fit: { epochs: 1, learningRate: 1e-9 },
  });
  expect(bestValue).not.toBe(untrained);
});
