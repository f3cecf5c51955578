/** A teacher and a student of factors on five users and twelve items, small enough for float64 and for every edge case. */
import { fromLists } from "../../src/dataset/index.ts";
import {
  gather,
  input,
  leaves,
  learnSymbols,
  matmul,
  reshape,
  restHead,
  type Feed,
  type Tensor,
  type Value,
} from "../../src/graph/index.ts";
import type {
  FactorBatch,
  FactorMethod,
  FactorPlan,
  FactorSides,
  FactorStudent,
} from "../../src/methods/index.ts";
import { parseOptions } from "../../src/options.ts";
import { Random } from "../../src/random.ts";
import type { Factors } from "../../src/signals/index.ts";
import { factorScores } from "../../src/train/factor-scores.ts";
import { oneThread, value, type Values } from "./graph-values.ts";

export const [users, items] = [5, 12];
/** User 2 has no history, user 3 has seen everything, user 4 all but two. */
export const histories = [[0, 1, 2, 5], [3, 5], [], [...Array(12).keys()], [...Array(10).keys()]];
export const train = fromLists(histories);

export function randomFactors(width: number, seed: number): Factors {
  const random = new Random(seed);
  const vectors = (n: number) => ({
    width,
    data: Float32Array.from({ length: n * width }, () => random.normal()),
  });
  return { users: vectors(users), items: vectors(items) };
}

export interface World {
  readonly sides: FactorSides;
  readonly teacher: Factors;
  /** Its numbers may be changed: the sides see it. */
  readonly student: Factors;
}

export async function worldOf(teacher: Factors, student: Factors): Promise<World> {
  const side = (factors: Factors) =>
    factorScores({
      width: factors.users.width,
      users,
      items,
      vectors: () => factors,
      train,
      device: oneThread,
    });
  const scores = await side(teacher);
  return {
    sides: { teacher: { ...teacher, scores }, student: await side(student), train, users, items },
    teacher,
    student,
  };
}

export const randomWorld = (): Promise<World> => worldOf(randomFactors(3, 1), randomFactors(2, 2));

/** Everyone twice in sum, or everyone once in a mean. */
export const batchOf = (reduction: "sum" | "mean" = "sum", chosen = [3, 1, 0, 4, 2]): FactorBatch => ({
  users: Int32Array.from(chosen),
  c: new Float32Array(chosen.length).fill(reduction === "sum" ? 2 : 1 / chosen.length),
  positives: Int32Array.of(1, 5, 3),
  negatives: Int32Array.of(7, 3, 11, 8),
});

/** A method made ready on a world. */
export interface Prepared<O> {
  readonly o: O;
  readonly plan: FactorPlan;
  readonly loss: Tensor;
  readonly own: Readonly<Record<string, Value>>;
  /** The values of every input of the loss for a batch. */
  readonly values: (batch?: FactorBatch, seed?: number) => Values;
  readonly feeds: (batch?: FactorBatch, seed?: number) => Record<string, Feed>;
}

export async function prepared<O>(
  method: FactorMethod<O>,
  world: World,
  given: Record<string, unknown> = {},
  { seed = 1, epoch = 0 } = {},
): Promise<Prepared<O>> {
  const o = parseOptions(method.options, given, method.name) as O;
  const sizes = { users, items, teacher: world.teacher.users.width, student: world.student.users.width };
  const weights = method.parameters?.(sizes, o, new Random(seed)) ?? {};
  const plan = await method.plan(world.sides, o);
  await plan.prepare?.(new Random(seed), epoch);
  const loss = method.loss(studentOf(sizes.student, weights), sizes, o);
  const own = Object.fromEntries(
    Object.entries(weights).map(([name, { data, shape }]) => [`own.${name}`, value(Array.from(data), shape)]),
  );
  return { o, own, ...fed({ plan, loss }, world.student, own) };
}

/** @returns a plan and its loss with what they are fed. */
export function fed(
  { plan, loss }: Pick<Prepared<unknown>, "plan" | "loss">,
  student: Factors,
  own: Prepared<unknown>["own"] = {},
): Omit<Prepared<unknown>, "o" | "own"> {
  const feeds = (batch = batchOf(), drawSeed = 1) => plan.feeds(batch, new Random(drawSeed));
  const values = (batch = batchOf(), drawSeed = 1): Values => ({
    ...own,
    users: value(Array.from(student.users.data), [users, student.users.width]),
    items: value(Array.from(student.items.data), [items, student.items.width]),
    "kd.users": value(Array.from(batch.users), [batch.users.length]),
    ...Object.fromEntries(
      Object.entries(feeds(batch, drawSeed)).map(([name, { data, shape }]) => [
        name,
        value(Array.from(data as Float32Array | Int32Array), shape),
      ]),
    ),
  });
  return { plan, loss, values, feeds };
}

/** The student of the tests: two tables of width d, nothing else. */
export function studentOf(
  d: number,
  weights: Readonly<Record<string, { shape: readonly number[] }>>,
): FactorStudent {
  const table = input("items", [items, d]);
  const user = gather(input("users", [users, d]), input("kd.users", ["B"], "int32"));
  return {
    user,
    vectors: (chosen) => gather(table, chosen),
    scores: (chosen) =>
      reshape(matmul(reshape(user, ["B", 1, d]), gather(table, chosen), { transB: true }), chosen.shape),
    allScores: () => matmul(user, table, { transB: true }),
    rest: (closed) => restHead(user, table, closed),
    own: Object.fromEntries(
      Object.entries(weights).map(([name, { shape }]) => [name, input(`own.${name}`, shape)]),
    ),
  };
}

/** The named inputs of a loss. */
export const inputsOf = (loss: Tensor): Map<string, Tensor> =>
  new Map(
    leaves([loss]).flatMap((t) => (t.leaf !== null && "name" in t.leaf ? [[t.leaf.name, t] as const] : [])),
  );

/** @throws where a feed is not of its input's shape, type and length. */
export function checkFeeds(loss: Tensor, values: Values, feeds: Record<string, Feed>): void {
  const symbols = new Map<string, number>();
  for (const [name, leaf] of inputsOf(loss)) learnSymbols(name, leaf.shape, values[name]!.shape, symbols);
  for (const [name, { data, shape }] of Object.entries(feeds)) {
    const leaf = inputsOf(loss).get(name);
    const Kind = leaf?.dtype === "int32" ? Int32Array : Float32Array;
    if (leaf !== undefined && !(data instanceof Kind)) throw new Error(`${name}: not of type ${leaf.dtype}`);
    if (data.length !== shape.reduce((n, s) => n * s, 1)) throw new Error(`${name}: ${data.length} numbers`);
    const outside = leaf?.dtype === "int32" && Array.from(data, Number).some((i) => i < 0 || i >= items);
    if (outside) throw new Error(`${name}: not an item`);
  }
}

/** Rows of a fed table. */
export function fedRows({ data, shape }: Feed): number[][] {
  const k = shape.at(-1)!;
  return Array.from({ length: data.length / k }, (_, b) =>
    Array.from(data.subarray(b * k, (b + 1) * k), Number),
  );
}

/** Items of a world best first for a user, by definition. */
export function rankedItems(
  { users: u, items: i }: Factors,
  user: number,
  without: readonly number[] = [],
): number[] {
  const score = (item: number) => dot(u.data, user * u.width, i.data, item * i.width, u.width);
  return [...Array(items).keys()].filter((n) => !without.includes(n)).sort((a, b) => score(b) - score(a));
}

export const scoreOf = ({ users: u, items: i }: Factors, user: number, item: number): number =>
  dot(u.data, user * u.width, i.data, item * i.width, u.width);

function dot(x: Float32Array, a: number, y: Float32Array, b: number, n: number): number {
  let sum = 0;
  for (let d = 0; d < n; d++) sum += x[a + d]! * y[b + d]!;
  return sum;
}
