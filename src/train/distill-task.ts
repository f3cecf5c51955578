/**
 * Distillation of a sequence student from the `lists` signal. A batch is a set of owned users: their histories (for the
 * next-item labels), and every query of theirs, each read off the student at the token where its history ends.
 */
import * as z from "zod";
import { complain } from "../errors.ts";
import { lengthOf, rows, type Sequences } from "../dataset/index.ts";
import { add, concat, input, mul, type Tensor } from "../graph/index.ts";
import { fullSoftmax } from "../losses/index.ts";
import type { ListMethod, MethodPlan } from "../methods/index.ts";
import { gap, leavesOf, normal, type Parameters } from "../models/index.ts";
import type { Random } from "../random.ts";
import { inventedHistories, withLearners, type ListSignal } from "../signals/index.ts";
import { divide, onePiece, wholeHead } from "./divide.ts";
import { makeDropout, type DropoutSite } from "./dropout.ts";
import { logitsOf, type Logits } from "./logits.ts";
import { float32 } from "./feeds.ts";
import { dropoutRate, packedInputs, type SequenceTaskInput } from "./next-item-task.ts";
import { layOut, tokensOf, type QueryBatch } from "./query-batch.ts";
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
  const { model, modelOptions, method, methodOptions, random } = given;
  const { signal, train, owners, ...others } = learners(given);
  const items = given.weights.items!.shape[0]!;
  const plan = method.plan(signal, train, items, methodOptions, random.split("plan"));
  const cloze = model.cloze?.(modelOptions);
  const hides = plan.twoViews !== undefined && cloze === undefined;
  const weights = hides ? withHider(given.weights, random.split("hider")) : given.weights;
  const leaves = leavesOf(weights);
  const read = hides ? { ...leaves, items: concat([leaves.items!, leaves.hider!], 0) } : leaves; // [I + 1, D]
  const dropout: DropoutSite[] = [];
  const drop = makeDropout(dropoutRate(modelOptions), dropout);
  const hidden = model.encode(read, modelOptions, packedInputs(model), drop);
  const queriesOf = byUser(signal, plan.queries);
  const augmentedOf = byUser(signal, plan.augmented ?? new Int32Array(0));
  const labels = method.labelWeight(methodOptions);
  const users = rows(given.train); // walks, which come after them, were chosen by nobody
  const shared = { train, users, signal, plan, queriesOf, augmentedOf, cloze, labelled: labels > 0 };
  const source = { ...shared, maxLength: model.maxLength(modelOptions), hidden: hides ? items : gap };
  const learning = owners.filter((u) => lengthOf(train, u) >= (labels > 0 ? 2 : 1) || queriesOf.has(u));
  const alone = others.alone.filter((learner) => queriesOf.has(learner)); // none where no answers are read
  const contrasts = plan.contrast.size > 0 || plan.twoViews !== undefined;
  const sizes = contrasts ? onePiece : (given.partSizes ?? wholeHead); // contrast is among a batch
  return {
    weights,
    exported: given.weights,
    leaves,
    dropout,
    divided: sizes.most < Infinity,
    loss: lossOf(logitsOf(model, modelOptions, hidden, leaves.items!), given, labels),
    epoch: (epoch): EpochPlan => {
      const order = random.split("order", epoch).shuffle(Int32Array.from(learning));
      const rest = random.split("alone", epoch).shuffle(Int32Array.from(alone));
      const { steps, chosen } = dealt(order, rest, batchSize);
      return {
        steps,
        batch: (step): Batch => {
          const gaps = random.split("gaps", epoch, step);
          const parts = divide(chosen(step), (user) => tokensOf(source, user), sizes);
          const laid = parts.map((part) => layOut(source, part, gaps));
          return assemble(laid, plan, epoch, (part) => random.split("method", epoch, step, part));
        },
      };
    },
  };
}

/** Owners in batches, and the others dealt out evenly among these. */
function dealt(owners: Int32Array, others: Int32Array, batchSize: number) {
  const steps = Math.ceil(owners.length / batchSize);
  const upTo = (step: number) => Math.round((step / steps) * others.length);
  const chosen = (step: number) =>
    Int32Array.of(
      ...owners.subarray(step * batchSize, (step + 1) * batchSize),
      ...others.subarray(upTo(step), upTo(step + 1)),
    );
  return { steps, chosen };
}

interface Learners {
  readonly signal: ListSignal;
  /** By the users of `signal`. */
  readonly train: Sequences;
  readonly owners: Int32Array;
  /** Items alone and walks, beside the owners. */
  readonly alone: Int32Array;
}

/**
 * Whose histories are learned from: the owners', or invented ones, in which nothing follows anything that somebody chose.
 * @throws UserError "conflict" where labels are wanted of invented ones
 */
function learners({ signal, train, users, method, methodOptions }: DistillTaskInput): Learners {
  const invented = inventedHistories(signal);
  if (invented === null) return { ...withLearners(signal, train), owners: users };
  if (method.labelWeight(methodOptions) === 0)
    return {
      signal,
      train: invented,
      owners: Int32Array.from({ length: rows(invented) }, (_, n) => n),
      alone: new Int32Array(0),
    };
  throw complain("conflict", {
    where: `method "${method.name}"`,
    expected: `labels=0, for there are no labels in ${signal.manifest.queries!.kind} histories`,
    got: "a weight of the next-item loss above 0",
    fix: "Set labels=0, or probe owned histories; a method without a teacher needs them",
  });
}

/** Weights and a vector [1, D] for hidden items, drawn as those of items are. */
const withHider = (weights: Parameters, random: Random): Parameters => ({
  ...weights,
  hider: normal([1, weights.items!.shape[1]!], 0.02, random),
});

/** A method's own means are over the queries of a part: they count by its share of the batch's. */
function assemble(
  laid: readonly QueryBatch[],
  plan: MethodPlan,
  epoch: number,
  random: (part: number) => Random,
): Batch {
  const count = (kind: "queries" | "labels") => laid.reduce((n, { counts }) => n + counts[kind], 0);
  const [labels, weight] = [count("labels"), Math.max(1, count("queries"))];
  const parts = laid.map(({ feeds, queries, contrasted, counts }, part) => ({
    ...feeds(labels),
    ...plan.feeds(queries, contrasted, random(part), epoch),
    "query.share": float32(Float32Array.of(counts.queries / weight), []),
  }));
  return { feeds: {}, parts, weight };
}

/** The method's loss and lam_h times the mean next-item cross-entropy over the labels. */
function lossOf(logits: Logits, { method, methodOptions, signal }: DistillTaskInput, labels: number): Tensor {
  const { items } = logits;
  const at = (name: string, symbol: string) => logits.at(input(name, [symbol], "int32"));
  const student = {
    h: at("query.rows", "Q"),
    items,
    anchor: at("anchor.rows", "V"),
    view: at("view.rows", "V"),
  };
  const own = method.loss(student, signal.manifest.k, methodOptions);
  const taught = own === null ? null : mul(own, input("query.share", []));
  if (labels === 0) return taught ?? nothingToLearn(method.name);
  const targets = input("label.targets", ["N", 1], "int32");
  const labelled = fullSoftmax(at("label.rows", "N"), items, targets, input("label.weights", ["N", 1]));
  return taught === null ? mul(labelled, labels) : add(taught, mul(labelled, labels));
}

function nothingToLearn(name: string): never {
  throw complain("usage", {
    where: `method "${name}"`,
    expected: "a term of its loss with a weight above 0",
    got: "none",
    fix: "Set labels, or another weight of the method, above 0",
  });
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
