/** Distilling factors into a student that reads histories: every method sees the vectors that the student scores with. */
import { describe, expect, it } from "vitest";
import { fromLists } from "../../../src/dataset/index.ts";
import type { Tensor } from "../../../src/graph/index.ts";
import { factorMethods } from "../../../src/methods/index.ts";
import { Random } from "../../../src/random.ts";
import { historyVectors } from "../../../src/train/model-vectors.ts";
import {
  modelScorer,
  nextItemOptions,
  nextItemTask,
  onePiece,
  partsOf,
  sequenceFactorOptions,
  sequenceFactorTask,
  type Feeds,
} from "../../../src/train/index.ts";
import {
  fedRows,
  histories,
  inputsOf,
  items,
  rankedItems,
  scoreOf,
  studentOf,
} from "../../contracts/factor-world.ts";
import {
  differences,
  gradientOf,
  inFloat64,
  oneThread,
  value,
  type Values,
} from "../../contracts/graph-values.ts";
import {
  asValues,
  exportedVectors,
  students,
  studentWith,
  taught,
  usersOf,
  weightsOf,
  width,
  type Taught,
} from "../../contracts/sequence-factor-world.ts";

/** One or more of every method, with options that fit twelve items. */
const methods: readonly (readonly [name: string, options: Record<string, unknown>])[] = [
  ["rce-kd", { k: 3, drawn: 2, pool: 5, weight: 1 }],
  ["rce-kd", { mode: "paper", k: 4, drawn: 3, pool: 12, weight: 1 }],
  ["ce", { guide: "teacher", k: 3 }],
  ["ce", { guide: "student", k: 3 }],
  ["ce", { guide: "union", k: 3 }],
  ["ce", { guide: "all", temperature: 0.5 }],
  ["ce", { guide: "all", temperature: 0.5, keep: 1 }],
  ["sampled-ce", { k: 3, own: 3, drawn: 2, weight: 1 }],
  ["cd", { pool: 4, drawn: 3 }],
  ["rrd", { k: 3, drawn: 2, pool: 5 }],
  ["dcd", { k: 3, pool: 5 }],
  ["rd", { k: 3, drawn: 10, start: 0 }],
  ["unkd", { drawn: 4 }],
  ["de", { experts: 2 }],
  ["ftd", {}],
  ["htd", { experts: 2, alpha: 0 }],
  ["pckd", { experts: 2, alpha: 0, drawn: 3 }],
];
const table = Object.keys(students).flatMap((student) =>
  methods.map(([name, o]) => [student, name, o, `${name} ${JSON.stringify(o)}`] as const),
);

it("covers every method", () => {
  expect(new Set(methods.map(([name]) => name))).toEqual(new Set(Object.keys(factorMethods)));
});

const lossOf = (loss: Tensor, parts: readonly Feeds[], weights: Values) =>
  parts.reduce((sum, part) => sum + inFloat64(loss, { ...weights, ...asValues(part) })[0]!, 0);

/** What training alone makes of the same first batch. */
function alone({ given }: Taught, options: Record<string, unknown> = {}): number {
  const task = nextItemTask(given, nextItemOptions.parse(options));
  return lossOf(task.loss, partsOf(task.epoch(0).batch(0)), weightsOf(task.weights));
}

/** The method's loss of a student that is two tables: the vectors the model's export scores with. */
function ofTables({ given, task, parts }: Taught): number {
  const own = Object.entries(task.weights).filter(([name]) => name.startsWith("method."));
  const named = Object.fromEntries(own.map(([name, weight]) => [name.slice("method.".length), weight]));
  const sizes = { users: histories.length, items, teacher: 5, student: width };
  const loss = given.method.loss(studentOf(width, named), sizes, given.methodOptions);
  const weights = Object.fromEntries(Object.entries(named).map(([name, weight]) => [`own.${name}`, weight]));
  return parts.reduce((sum, part) => {
    const at = { "kd.users": value(usersOf(part)) };
    return (
      sum + inFloat64(loss, { ...exportedVectors(given), ...asValues(weights), ...asValues(part), ...at })[0]!
    );
  }, 0);
}

describe.each(table)("%s taught by %s", (student, name, o, _text) => {
  it.each(["mean", "sum"])(
    "is its own loss, and the method's of what it scores with; %s",
    async (reduction) => {
      const found = await taught(student, name, o, { reduction });
      expect(found.parts.length > 1).toBe(!factorMethods[name]!.inOnePiece);
      expect(found.parts.flatMap(usersOf).sort()).toEqual([0, 1, 3, 4]); // user 2 has no history
      const loss = lossOf(found.task.loss, found.parts, weightsOf(found.task.weights));
      const expected = alone(found) + ofTables(found);
      expect(Math.abs(loss - expected)).toBeLessThan(1e-6 * Math.max(1, expected));
      expect(ofTables(found)).toBeGreaterThan(1e-3);
    },
  );
});

/** A method's loss is of vectors and scores, whoever made them: every method with one student, every student with one method. */
const differentiated = table.filter(([student, , , text]) => student === "sasrec" || text === table[0]![3]);
it.each(differentiated)(
  "%s taught by %s has the gradient that differences show",
  async (student, name, o, _text) => {
    const { task, parts } = await taught(student, name, o, {}, onePiece);
    const values = { ...weightsOf(task.weights), ...asValues(parts[0]!) };
    const checked = /^(items|positions|wh\.0|method\..*)$/;
    for (const weight of Object.keys(task.weights).filter((name) => checked.test(name))) {
      const found = inFloat64(gradientOf(task.loss, inputsOf(task.loss).get(weight)!), values);
      const expected = differences(task.loss, weight, values);
      found.forEach((g, i) =>
        expect(Math.abs(g - expected[i]!)).toBeLessThan(1e-5 * Math.max(1, Math.abs(expected[i]!))),
      );
    }
  },
);

describe.each(Object.keys(students))("%s", (student) => {
  it("is ranked by what it scores with, at the end of each training history", async () => {
    const { given, parts } = await taught(student, "ce", { guide: "student", k: 4 });
    const vectors = exportedVectors(given);
    const table = (name: string) => ({ width, data: Float32Array.from(vectors[name]!.data) });
    const factors = { users: table("users"), items: table("items") };
    for (const part of parts)
      fedRows(part["ce.items"]!).forEach((best, b) =>
        expect(best).toEqual(rankedItems(factors, usersOf(part)[b]!).slice(0, 4)),
      );
  });

  it.each([
    { loss: "sampled", negatives: 5 },
    { loss: "bce", negatives: 2 },
    { loss: "gbce", negatives: 3 },
    { loss: "ce", batchSize: 2 },
  ])("learns as it does alone at weight 0: %o", async (options) => {
    const found = await taught(student, "ce", { k: 3, weight: 0 }, options, onePiece);
    const loss = lossOf(found.task.loss, found.parts, weightsOf(found.task.weights));
    expect(loss).toBeCloseTo(alone(found, options), 9);
  });
});

it("a user of one item has nothing to predict, and is taught all the same", async () => {
  const { given } = await taught("sasrec", "ce", { k: 3 });
  const lone = fromLists([[3], [5], [], [], []]);
  const losses = [1, 0].map(async (weight) => {
    const methodOptions = { ...given.methodOptions, weight };
    const task = await sequenceFactorTask(
      { ...given, train: lone, methodOptions },
      sequenceFactorOptions.parse({ loss: "sampled", negatives: 4 }),
    );
    await task.prepare?.(0);
    return lossOf(task.loss, partsOf(task.epoch(0).batch(0)), weightsOf(task.weights));
  });
  const [some, none] = await Promise.all(losses);
  expect(some).toBeGreaterThan(0.1);
  expect(none).toBe(0);
});

it("a user without a history has a vector of 0; the others' are those of the export, in any number of chunks", async () => {
  const { model, modelOptions, weights } = studentWith("sasrec");
  const o = { ...modelOptions, maxLength: 200 };
  const long = {
    ...weights,
    positions: { shape: [200, width], data: new Float32Array(200 * width).fill(0.1) },
  };
  const random = new Random(1);
  const lists = Array.from({ length: 400 }, (_, u) =>
    Array.from({ length: u % 101 }, () => random.integer(items)),
  );
  const scoring = { model, options: o, weights: long, device: oneThread };
  const vectors = await (await historyVectors(scoring, fromLists(lists)))();
  const scorer = await modelScorer(scoring);
  for (const u of [0, 1, 100, 101, 250, 399]) {
    const scores = await scorer.score(Int32Array.of(u), [Int32Array.from(lists[u]!)]);
    for (let item = 0; item < items; item++)
      expect(scoreOf(vectors, u, item)).toBeCloseTo(lists[u]!.length === 0 ? 0 : scores[item]!, 4);
  }
});
