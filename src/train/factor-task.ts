/**
 * Distillation from the `factors` signal into a student with user vectors. A batch is a set of pairs for the base loss
 * (BPR); the method's loss is over the users of these pairs. A user of several pairs is one row with their number as
 * weight where losses are sums, so that a row's work is done once.
 */
import type * as z from "zod";
import { internal } from "../errors.ts";
import { add, gather, input, matmul, reshape, type Tensor } from "../graph/index.ts";
import type { FactorBatch, FactorMethod, FactorSides, FactorSizes, FactorStudent } from "../methods/index.ts";
import { leavesOf, type Parameters } from "../models/index.ts";
import type { Device } from "../runtime/index.ts";
import type { FactorSignal } from "../signals/index.ts";
import { bprOptions, pairBatch, pairLoss, type BprTaskInput } from "./bpr-task.ts";
import { factorScores } from "./factor-scores.ts";
import { int32 } from "./feeds.ts";
import { Propagated } from "./propagated.ts";
import { joined, Pairs, type PairBatch } from "./pairs.ts";
import type { Batch, EpochPlan, Task } from "./task.ts";

export const factorOptions = bprOptions;

export interface FactorTaskInput extends BprTaskInput {
  readonly method: FactorMethod;
  readonly methodOptions: Readonly<Record<string, unknown>>;
  readonly signal: FactorSignal;
  readonly device?: Device | undefined;
}

export async function factorTask(
  given: FactorTaskInput,
  { batchSize, reduction }: z.output<typeof factorOptions>,
): Promise<Task> {
  const { model, modelOptions, train, method, methodOptions, random } = given;
  const [users, items] = [given.weights.users!.shape[0]!, given.weights.items!.shape[0]!];
  const pairs = new Pairs(train, given.users, items, random);
  const propagation = model.propagation?.({ users, items }, modelOptions, pairs.edges);
  const propagated = propagation && new Propagated(propagation, given.weights);
  const { sides, sizes } = await sidesOf(given, () => propagated?.forward() ?? given.weights);
  const own = method.parameters?.(sizes, methodOptions, random.split("own")) ?? {};
  const ownNames = Object.keys(own).map((name) => [`method.${name}`, name] as const);
  const weights = {
    ...given.weights,
    ...Object.fromEntries(ownNames.map(([long, name]) => [long, own[name]!])),
  };
  const leaves = leavesOf(weights);
  const plan = await method.plan(sides, methodOptions);
  const user = model.userVectors(leaves, modelOptions, input("kd.users", ["B"], "int32")); // [B, D]
  const student = new BatchStudent(
    user,
    leaves.items!,
    Object.fromEntries(ownNames.map(([long, name]) => [name, leaves[long]!])),
  );
  const distilled = method.loss(student, sizes, methodOptions);
  return {
    weights,
    leaves,
    exported: given.weights,
    propagated,
    dropout: [],
    loss: add(pairLoss(model, modelOptions, leaves, reduction), distilled),
    ...(plan.prepare && {
      prepare: (epoch: number) => plan.prepare!(random.split("prepare", epoch), epoch),
    }),
    epoch: (epoch): EpochPlan => {
      const { steps, batch } = pairs.epoch(epoch, batchSize);
      return {
        steps,
        batch: (step): Batch => {
          const drawn = batch(step);
          const base = pairBatch(drawn, reduction);
          const rows = rowsOf(drawn, reduction);
          const feeds = {
            ...base.feeds,
            "kd.users": int32(rows.users, [rows.users.length]),
            ...plan.feeds(rows, random.split("method", epoch, step)),
          };
          return {
            feeds,
            weight: base.weight,
            ...(propagated === undefined && { reads: student.reads(base.reads!, feeds) }),
          };
        },
      };
    },
  };
}

/** What a loss asks of a student with tables; it remembers which items that were. */
class BatchStudent implements FactorStudent {
  readonly #items: Tensor;
  readonly #asked: string[] = [];
  #all = false;

  constructor(
    readonly user: Tensor,
    items: Tensor,
    readonly own: FactorStudent["own"],
  ) {
    this.#items = items;
  }

  vectors(chosen: Tensor): Tensor {
    if (chosen.leaf === null || !("name" in chosen.leaf)) throw internal("chosen items must be an input");
    this.#asked.push(chosen.leaf.name);
    return gather(this.#items, chosen);
  }

  scores(chosen: Tensor): Tensor {
    const [b, s] = [chosen.shape[0]!, chosen.shape[1]!];
    const row = reshape(this.user, [b, 1, this.user.shape[1]!]); // [B, 1, D]
    return reshape(matmul(row, this.vectors(chosen), { transB: true }), [b, s]);
  }

  allScores(): Tensor {
    this.#all = true;
    return matmul(this.user, this.#items, { transB: true });
  }

  /** @returns the rows a batch reads: those of the base loss and those the method asks for. */
  reads(base: NonNullable<Batch["reads"]>, feeds: Batch["feeds"]): NonNullable<Batch["reads"]> {
    if (this.#all) return { users: base.users! };
    const chosen = this.#asked.map((name) => feeds[name]!.data as Int32Array);
    return { users: base.users!, items: [base.items!, ...chosen].reduce(joined) };
  }
}

async function sidesOf(
  given: FactorTaskInput,
  tables: () => Parameters,
): Promise<{ sides: FactorSides; sizes: FactorSizes }> {
  const { train, signal, device } = given;
  const weights = given.weights as Record<"users" | "items", Parameters[string]>;
  const [users, items] = [weights.users.shape[0]!, weights.items.shape[0]!];
  const width = weights.items.shape[1]!;
  const side = { users, items, train, device };
  const vectors = () => {
    const { users: u, items: i } = tables();
    return { users: { width, data: u!.data }, items: { width, data: i!.data } };
  };
  const student = await factorScores({ ...side, width, vectors });
  const scores = await factorScores({ ...side, width: signal.manifest.width, vectors: () => signal });
  const teacher = { scores, users: signal.users, items: signal.items };
  return {
    sides: { teacher, student, train, users, items },
    sizes: { users, items, teacher: signal.manifest.width, student: width },
  };
}

/** Each user of the batch once. */
function rowsOf({ users, positives, negatives }: PairBatch, reduction: "mean" | "sum"): FactorBatch {
  const times = new Map<number, number>();
  for (const u of users) times.set(u, (times.get(u) ?? 0) + 1);
  const n = times.size;
  return {
    users: Int32Array.from(times.keys()),
    c: Float32Array.from(times.values(), (count) => (reduction === "sum" ? count : 1 / n)),
    positives: Int32Array.from(new Set(positives)),
    negatives: Int32Array.from(new Set(negatives)),
  };
}
