/**
 * Distillation of a sequence student from the `lists` signal. A batch is a set of owned users: their histories (for the
 * next-item labels), and every query of theirs, each read off the student at the token where its history ends.
 */
import * as z from "zod";
import { internal } from "../errors.ts";
import { lengthOf, pack, row, type Sequences } from "../dataset/index.ts";
import { add, gather, input, mul, type Feed, type Tensor } from "../graph/index.ts";
import { fullSoftmax } from "../losses/index.ts";
import type { ListMethod, MethodPlan } from "../methods/index.ts";
import { leavesOf } from "../models/index.ts";
import type { ListSignal } from "../signals/index.ts";
import { makeDropout, type DropoutSite } from "./dropout.ts";
import { float32, int32 } from "./feeds.ts";
import { dropoutRate, packedFeeds, packedInputs, type SequenceTaskInput } from "./next-item-task.ts";
import type { Batch, EpochPlan, Task } from "./task.ts";

export const distillOptions = z.strictObject({
  batchSize: z.int().min(1).default(128), // users
});

export interface DistillTaskInput extends SequenceTaskInput {
  readonly method: ListMethod;
  readonly methodOptions: Readonly<Record<string, unknown>>;
  readonly signal: ListSignal;
}

export function distillTask(given: DistillTaskInput, { batchSize }: z.output<typeof distillOptions>): Task {
  const { model, modelOptions, weights, train, method, methodOptions, signal, random } = given;
  const leaves = leavesOf(weights);
  const dropout: DropoutSite[] = [];
  const hidden = model.encode(
    leaves,
    modelOptions,
    packedInputs(),
    makeDropout(dropoutRate(modelOptions), dropout),
  );
  const plan = method.plan(signal, train, weights.items!.shape[0]!, methodOptions);
  const queriesOf = byUser(signal, plan.queries);
  const labels = method.labelWeight(methodOptions);
  const batcher = new Batcher(train, signal, plan, queriesOf, model.maxLength(modelOptions), labels > 0);
  const users = given.users.filter((u) => lengthOf(train, u) >= (labels > 0 ? 2 : 1) || queriesOf.has(u));
  return {
    weights,
    leaves,
    dropout,
    loss: lossOf(hidden, leaves.items!, given, labels),
    epoch: (epoch): EpochPlan => {
      const order = random.split("order", epoch).shuffle(Int32Array.from(users));
      return {
        steps: Math.ceil(order.length / batchSize),
        batch: (step): Batch => {
          const chosen = order.subarray(step * batchSize, (step + 1) * batchSize);
          const { feeds, queries, contrasted, weight } = batcher.make(chosen);
          return {
            feeds: { ...feeds, ...plan.feeds(queries, contrasted, random.split("method", epoch, step)) },
            weight,
          };
        },
      };
    },
  };
}

/** The method's loss and lam_h times the mean next-item cross-entropy over the labels. */
function lossOf(
  hidden: Tensor,
  items: Tensor,
  { method, methodOptions, signal }: DistillTaskInput,
  labels: number,
): Tensor {
  const at = (name: string, symbol: string) => gather(hidden, input(name, [symbol], "int32"));
  const student = {
    h: at("query.rows", "Q"),
    items,
    anchor: at("anchor.rows", "V"),
    view: at("view.rows", "V"),
  };
  const taught = method.loss(student, signal.manifest.k, methodOptions);
  if (labels === 0) return taught ?? nothingToLearn(method.name);
  const targets = input("label.targets", ["N", 1], "int32");
  const labelled = fullSoftmax(at("label.rows", "N"), items, targets, input("label.weights", ["N", 1]));
  return taught === null ? mul(labelled, labels) : add(taught, mul(labelled, labels));
}

function nothingToLearn(name: string): never {
  throw internal(`method ${name} has neither lists nor labels to learn from`);
}

function byUser({ user }: ListSignal, queries: Int32Array): Map<number, number[]> {
  const map = new Map<number, number[]>();
  for (const query of queries) {
    const list = map.get(user[query]!) ?? [];
    if (list.length === 0) map.set(user[query]!, list);
    list.push(query);
  }
  return map;
}

/** A token to be found after packing: the newest one of `segment[.. offset]`. */
interface Place {
  readonly segment: number;
  readonly offset: number;
}

/** Lays out the tokens of a batch. */
class Batcher {
  constructor(
    private readonly train: Sequences,
    private readonly signal: ListSignal,
    private readonly plan: MethodPlan,
    private readonly queriesOf: ReadonlyMap<number, readonly number[]>,
    private readonly maxLength: number,
    private readonly labelled: boolean,
  ) {}

  make(users: Int32Array) {
    const segments: Int32Array[] = [];
    const places = { query: [] as Place[], anchor: [] as Place[], view: [] as Place[], label: [] as Place[] };
    const [queries, contrasted, targets]: [number[], number[], number[]] = [[], [], []];
    for (const user of users) {
      const history = row(this.train, user);
      const first = Math.max(0, history.length - this.maxLength); // the main segment starts here
      const main = segments.push(history.subarray(first)) - 1;
      for (let i = first + 1; this.labelled && i < history.length; i++) {
        places.label.push({ segment: main, offset: i - 1 - first });
        targets.push(history[i]!);
      }
      for (const query of this.queriesOf.get(user) ?? []) {
        const place = this.placeOf(query, history, main, first, segments);
        places.query.push(place);
        queries.push(query);
        const other = this.plan.contrast.get(query);
        if (other === undefined) continue;
        const view = history.subarray(Math.max(other.start, other.end - this.maxLength), other.end);
        places.anchor.push(place);
        places.view.push({ segment: segments.push(view) - 1, offset: view.length - 1 });
        contrasted.push(query);
      }
    }
    return this.feedsOf(segments, places, queries, contrasted, targets);
  }

  /** In the user's own segment where that shows the same past, else in a segment of the query's own. */
  private placeOf(
    query: number,
    history: Int32Array,
    main: number,
    first: number,
    segments: Int32Array[],
  ): Place {
    const [start, end] = [this.signal.start[query]!, this.signal.end[query]!];
    if (this.signal.view[query] !== "suffix" && end > first)
      return { segment: main, offset: end - 1 - first };
    const own = history.subarray(Math.max(start, end - this.maxLength), end);
    return { segment: segments.push(own) - 1, offset: own.length - 1 };
  }

  private feedsOf(
    segments: Int32Array[],
    places: Readonly<Record<"query" | "anchor" | "view" | "label", Place[]>>,
    queries: number[],
    contrasted: number[],
    targets: number[],
  ) {
    const packed = pack(segments, this.maxLength);
    const at = (list: readonly Place[]): Feed => {
      const rows = Int32Array.from(list, ({ segment, offset }) => packed.starts[segment]! + offset);
      return filled(rows);
    };
    const n = targets.length;
    const feeds = {
      ...packedFeeds(packed),
      "query.rows": at(places.query),
      "anchor.rows": at(places.anchor),
      "view.rows": at(places.view),
      "label.rows": at(places.label),
      "label.targets": int32(Int32Array.from(n === 0 ? [0] : targets), [Math.max(1, n), 1]),
      "label.weights": float32(new Float32Array(Math.max(1, n)).fill(n === 0 ? 0 : 1 / n), [
        Math.max(1, n),
        1,
      ]),
    };
    return {
      feeds,
      queries: orFiller(queries),
      contrasted: orFiller(contrasted),
      weight: Math.max(1, queries.length),
    };
  }
}

/** Graphs want at least one row: an empty batch gets one of weight 0. */
const filled = (rows: Int32Array): Feed =>
  rows.length === 0 ? int32(new Int32Array(1), [1]) : int32(rows, [rows.length]);
const orFiller = (queries: readonly number[]) => Int32Array.from(queries.length === 0 ? [-1] : queries);
