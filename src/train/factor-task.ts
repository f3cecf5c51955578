/**
 * Distillation from the signals `factors` and `trajectory` into a student with user vectors. A batch is a set of pairs for the base loss
 * (BPR); the method's loss is over the users of these pairs, or of a share of them. A user of several pairs is one row with their number as
 * weight where losses are sums, so that a row's work is done once.
 */
import * as z from "zod";
import { internal } from "../errors.ts";
import { gather, input, matmul, restHead, type Tensor } from "../graph/index.ts";
import type { FactorBatch, FactorStudent } from "../methods/index.ts";
import type { Leaves } from "../models/index.ts";
import { bprOptions, bprLoss, pairBatch, type BprTaskInput } from "./bpr-task.ts";
import { preparation, taught, type Teaching } from "./factor-teaching.ts";
import { float32, int32 } from "./feeds.ts";
import { Propagated } from "./propagated.ts";
import { joined, Pairs, type PairBatch } from "./pairs.ts";
import { TableScores } from "./table-scores.ts";
import type { Batch, EpochPlan, Task } from "./task.ts";

export const factorOptions = bprOptions.extend({
  // share of a batch's pairs whose users the method's loss is over: they stand for all, right on average if it is a sum over users
  taughtShare: z.number().gt(0).max(1).default(1),
});
type Options = z.output<typeof factorOptions>;

export type FactorTaskInput = BprTaskInput & Teaching;

export async function factorTask(given: FactorTaskInput, options: Options): Promise<Task> {
  const { batchSize, reduction } = options;
  const { model, modelOptions, train, random } = given;
  const [users, items] = [given.weights.users!.shape[0]!, given.weights.items!.shape[0]!];
  const width = given.weights.items!.shape[1]!;
  const pairs = new Pairs(train, given.users, items, random);
  const propagation = model.propagation?.({ users, items }, modelOptions, pairs.edges);
  const propagated = propagation && new Propagated(propagation, given.weights);
  const tables = () => propagated?.forward() ?? given.weights;
  const vectors = () => {
    const { users: u, items: i } = tables();
    return { users: { width, data: u!.data }, items: { width, data: i!.data } };
  };
  const { weights, leaves, own, plan, loss, onOneThread } = await taught(given, {
    users,
    items,
    width,
    vectors,
  });
  const scores = new TableScores(leaves, propagated === undefined);
  const student = new BatchStudent(scores, leaves, own);
  return {
    weights,
    leaves,
    exported: given.weights,
    propagated,
    dropout: [],
    loss: loss(
      () => bprLoss(scores, reduction),
      student,
      isScaled(options) ? input("kd.times", []) : undefined,
    ),
    scored: scores.scored(batchSize),
    onOneThread,
    ...preparation(plan, random),
    epoch: (epoch): EpochPlan => {
      const { steps, batch } = pairs.epoch(epoch, batchSize);
      let spare: Batch["feeds"] = {};
      return {
        steps,
        batch(step) {
          const draw = random.split("method", epoch, step);
          const made = factorBatch(batch(step), options, (rows) => plan.feeds(rows, draw, spare));
          spare = made.feeds;
          const { reads, ...whole } = made;
          return propagated ? whole : { ...whole, reads: student.reads(reads, made.feeds) };
        },
      };
    },
  };
}

/** Feeds of the base loss and the method's; `reads` is what the base loss reads. */
function factorBatch(
  drawn: PairBatch,
  options: Options,
  feedsOf: (rows: FactorBatch) => Batch["feeds"],
): Batch & Required<Pick<Batch, "reads">> {
  const { feeds, weight, reads } = pairBatch(drawn, options.reduction);
  const first = firstOf(drawn, options.taughtShare);
  const rows = rowsOf(first, options.reduction);
  const own = {
    "kd.users": int32(rows.users, [rows.users.length]),
    ...(isScaled(options) && {
      "kd.times": float32(Float32Array.of(drawn.users.length / first.users.length), []),
    }),
  };
  return { feeds: { ...feeds, ...own, ...feedsOf(rows) }, weight, reads: reads! };
}

/** What a loss asks of a student with tables; it remembers which items that were. */
class BatchStudent implements FactorStudent {
  readonly #scores: TableScores;
  readonly #leaves: Leaves;
  readonly #asked: string[] = [];
  #all = false;

  constructor(
    scores: TableScores,
    leaves: Leaves,
    readonly own: FactorStudent["own"],
  ) {
    this.#scores = scores;
    this.#leaves = leaves;
  }

  get user(): Tensor {
    return gather(this.#leaves.users!, input("kd.users", ["B"], "int32")); // [B, D]
  }

  vectors(chosen: Tensor): Tensor {
    this.#asked.push(nameOf(chosen));
    return gather(this.#leaves.items!, chosen);
  }

  scores(chosen: Tensor): Tensor {
    const name = nameOf(chosen);
    this.#asked.push(name);
    return this.#scores.of("kd.users", name, "B", Number(chosen.shape[1]));
  }

  allScores(): Tensor {
    this.#all = true;
    return matmul(this.user, this.#leaves.items!, { transB: true });
  }

  rest(closed: Tensor): Tensor {
    this.#all = true;
    return restHead(this.user, this.#leaves.items!, closed);
  }

  /** @returns the rows a batch reads: those of the base loss and those the method asks for. */
  reads(base: NonNullable<Batch["reads"]>, feeds: Batch["feeds"]): NonNullable<Batch["reads"]> {
    if (this.#all) return { users: base.users! };
    const chosen = this.#asked.map((name) => feeds[name]!.data as Int32Array);
    const size = chosen.reduce((n, { length }) => n + length, 0);
    if (size >= Number(this.#leaves.items!.shape[0])) return { users: base.users! }; // nearly all
    return { users: base.users!, items: [base.items!, ...chosen].reduce(joined) };
  }
}

function nameOf({ leaf }: Tensor): string {
  if (leaf === null || !("name" in leaf)) throw internal("chosen items must be an input");
  return leaf.name;
}

/** Whether the first pairs stand for more than themselves: a mean does not ask how many they are. */
const isScaled = ({ reduction, taughtShare }: Options) => reduction === "sum" && taughtShare < 1;

/** The first pairs of a batch, which are in no order. */
function firstOf({ users, positives, negatives }: PairBatch, share: number): PairBatch {
  const n = Math.ceil(share * users.length);
  return {
    users: users.subarray(0, n),
    positives: positives.subarray(0, n),
    negatives: negatives.subarray(0, n), // one for each pair
  };
}

/** Each user of some pairs once. */
function rowsOf({ users, positives, negatives }: PairBatch, reduction: "mean" | "sum"): FactorBatch {
  const times = new Map<number, number>();
  for (const u of users) times.set(u, (times.get(u) ?? 0) + 1);
  const n = times.size;
  return {
    users: Int32Array.from(times.keys()),
    c: Float32Array.from(times.values(), (count) => (reduction === "sum" ? count : 1 / n)),
    get positives() {
      return Int32Array.from(new Set(positives));
    },
    get negatives() {
      return Int32Array.from(new Set(negatives));
    },
  };
}
