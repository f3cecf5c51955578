/** A method on lists with a student whose scores are written out: its vectors are the scores, the items' the identity; every query is contrasted with itself. */
import type { Dataset } from "../../src/dataset/index.ts";
import { input, type Feed, type Tensor, type Value } from "../../src/graph/index.ts";
import { itemsOf } from "../../src/losses/index.ts";
import type { ListMethod, MethodPlan } from "../../src/methods/index.ts";
import { parseOptions } from "../../src/options.ts";
import { Random } from "../../src/random.ts";
import type { ListSignal } from "../../src/signals/index.ts";
import { value, type Values } from "./graph-values.ts";

export { fedRows } from "./factor-world.ts";

export interface Taught {
  readonly plan: MethodPlan;
  readonly feeds: Record<string, Feed>;
  readonly loss: Tensor;
  /** [Q, I] the input of the scores. */
  readonly h: Tensor;
  /** [V, I] the input of the contrasted vectors. */
  readonly anchor: Tensor;
  readonly values: Values;
}

/** @param queries rows of the signal, -1 for filler @param scores [Q, I] the student's */
export function taught<O>(
  method: ListMethod<O>,
  signal: ListSignal,
  dataset: Dataset,
  given: Record<string, unknown>,
  queries: readonly number[],
  scores: Value,
  { seed = 1, epoch = 0 } = {},
): Taught {
  const items = dataset.items.size;
  const o = parseOptions(method.options, given, method.name) as O;
  const plan = method.plan(signal, dataset.train, items, o, new Random(seed));
  const feeds = plan.feeds(Int32Array.from(queries), Int32Array.from(queries), new Random(seed), epoch);
  const h = input("h", ["Q", items]);
  const contrasted = (name: string) => input(name, ["V", items]);
  const student = {
    h,
    items: itemsOf(input("items", [items, items])),
    anchor: contrasted("anchor"),
    view: contrasted("view"),
  };
  const fed = Object.entries(feeds).map(([name, { data, shape }]) => [
    name,
    value(Array.from(data, Number), shape),
  ]);
  const identity = Array.from({ length: items * items }, (_, i) => Number(i % (items + 1) === 0));
  const values = {
    ...(Object.fromEntries(fed) as Values),
    items: value(identity, [items, items]),
    h: scores,
    anchor: scores,
    view: scores,
  };
  return {
    plan,
    feeds,
    loss: method.loss(student, signal.manifest.k, o)!,
    h,
    anchor: student.anchor,
    values,
  };
}
