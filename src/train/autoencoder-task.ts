/** Training of an autoencoder: rows of the matrix of who met what, rebuilt. */
import * as z from "zod";
import { lengthOf, rows, type Sequences } from "../dataset/index.ts";
import { add, input, mul, sum, type Feed, type Tensor } from "../graph/index.ts";
import { binaryReconstruction, itemsOf, multinomial, type Items } from "../losses/index.ts";
import {
  leavesOf,
  type Autoencoder,
  type Leaves,
  type ModelOptions,
  type Objective,
  type Parameters,
} from "../models/index.ts";
import type { Random } from "../random.ts";
import type { Device } from "../runtime/index.ts";
import { chosenFeeds, chosenInputs } from "./chosen-columns.ts";
import { divide, type PartSizes } from "./divide.ts";
import { makeDropout, type DropoutSite } from "./dropout.ts";
import { itemTable, rowFeeds, rowInputs } from "./met-rows.ts";
import { float32 } from "./feeds.ts";
import { itemsOfUsers, usersOfItems } from "./met.ts";
import { dropoutRate } from "./next-item-task.ts";
import type { Batch, EpochPlan, Task } from "./task.ts";

export const autoencoderOptions = z.strictObject({
  batchSize: z.int().min(1).default(500), // users, or items; Mult-VAE, section 4.3
});
export type AutoencoderOptions = z.output<typeof autoencoderOptions>;

export interface AutoencoderTaskInput {
  readonly model: Autoencoder;
  readonly modelOptions: ModelOptions;
  readonly weights: Parameters;
  readonly train: Sequences;
  /** Users to learn from. */
  readonly users: Int32Array;
  readonly random: Random;
  readonly partSizes?: PartSizes | undefined;
  readonly device?: Device | undefined;
}

/** In ones of the matrix: a layer of width 600 of so many takes 10 MB. Each part has a whole softmax head. */
const onesOfPart: PartSizes = { most: 4096, least: 500 };

export function autoencoderTask(given: AutoencoderTaskInput, { batchSize }: AutoencoderOptions): Task {
  const { model, modelOptions, random, partSizes = onesOfPart } = given;
  const { matrix, columns, weights, derived } = arranged(given);
  const leaves = leavesOf(weights);
  const table = itemsOf(leaves[columns]!);
  const objective = model.objective(modelOptions);
  const graph = lossOf(given, leaves, table, objective);
  const learned = withOnes(matrix);
  const steps = Math.ceil(learned.length / batchSize);

  const drawn = (part: Int32Array, draw: Random): Record<string, Feed> =>
    objective.loss === "multinomial"
      ? { noise: normals(part.length, graph.noise, draw) }
      : chosenFeeds(matrix, part, objective.negatives, table.count, draw);
  const batchOf = (batch: Int32Array, epoch: number, step: number): Batch => {
    const draw = random.split("draws", epoch, step);
    const parts = divide(batch, (r) => lengthOf(matrix, r), partSizes).map((part) => {
      const weights = new Float32Array(part.length).fill(1 / batch.length);
      const c = float32(weights, [part.length, 1]);
      return { ...rowFeeds(matrix, part), "row.weights": c, ...drawn(part, draw) };
    });
    const kl = objective.loss === "multinomial" ? klWeight(objective, epoch * steps + step) : 0;
    return { feeds: { "kl.weight": float32(Float32Array.of(kl), []) }, parts, weight: batch.length };
  };

  return {
    weights,
    leaves,
    ...derived,
    dropout: graph.dropout,
    divided: partSizes.most < Infinity,
    loss: graph.loss,
    epoch: (epoch): EpochPlan => {
      const order = random.split("order", epoch).shuffle(Int32Array.from(learned));
      const batch = (step: number) =>
        batchOf(order.subarray(step * batchSize, (step + 1) * batchSize), epoch, step);
      return { steps, batch };
    },
  };
}

/** @returns the rows that are not empty. */
const withOnes = (matrix: Sequences): Int32Array =>
  Int32Array.from({ length: rows(matrix) }, (_, r) => r).filter((r) => lengthOf(matrix, r) > 0);

const normals = (n: number, width: number, random: Random): Feed =>
  float32(
    Float32Array.from({ length: n * width }, () => random.normal()),
    [n, width],
  );

/** The matrix, the name of its columns' table, the weights that are trained, and what is made of them. */
function arranged({ model, modelOptions, weights, train, users, device }: AutoencoderTaskInput): {
  matrix: Sequences;
  columns: "users" | "items";
  weights: Parameters;
  derived: Pick<Task, "exported" | "refresh">;
} {
  const { items, ...trained } = weights;
  const made = model.itemRows?.(leavesOf(trained), modelOptions, rowInputs());
  if (made === undefined) {
    const matrix = itemsOfUsers(train, users, model.maxLength(modelOptions));
    return { matrix, columns: "items", weights, derived: {} };
  }
  const matrix = usersOfItems(train, users, items!.shape[0]!);
  const exported = { users: trained.users!, items: items! };
  const refresh = itemTable({ made, weights: trained, matrix, into: items!.data, device });
  return { matrix, columns: "users", weights: trained, derived: { exported, refresh } };
}

/** @returns beta after so many steps. */
export const klWeight = (
  { klWeight: most, annealing }: { klWeight: number; annealing: number },
  steps: number,
): number => Math.min(most, steps / annealing);

/** What a batch's loss is, where numbers are dropped, and how many normal numbers a row is fed. */
function lossOf(
  { model, modelOptions }: AutoencoderTaskInput,
  leaves: Leaves,
  columns: Items,
  objective: Objective,
): { loss: Tensor; dropout: DropoutSite[]; noise: number } {
  const dropout: DropoutSite[] = [];
  let noise = 0;
  const inputs = rowInputs();
  const { vectors, divergence } = model.encode(leaves, modelOptions, inputs, {
    dropout: makeDropout(dropoutRate(modelOptions), dropout),
    normal: (shape) => {
      noise = Number(shape[1]);
      return input("noise", shape);
    },
  });
  const c = input("row.weights", ["B", 1]);
  const rebuilt =
    objective.loss === "multinomial"
      ? multinomial(vectors, columns, inputs, c)
      : binaryReconstruction(vectors, columns, chosenInputs(), c);
  const loss =
    divergence === undefined ? rebuilt : add(rebuilt, mul(input("kl.weight", []), sum(mul(c, divergence))));
  return { loss, dropout, noise };
}
