/** A small matrix of who met what, and networks over it in float64. */
import { fromLists } from "../../src/dataset/index.ts";
import type { Autoencoder, Parameters } from "../../src/models/index.ts";
import { Random } from "../../src/random.ts";
import {
  autoencoderOptions,
  autoencoderTask,
  partsOf,
  Step,
  type PartSizes,
  type Task,
} from "../../src/train/index.ts";
import { oneThread } from "./graph-values.ts";

/** User 3 met nobody's items, item 4 no user; user 0 met item 1 twice. */
export const lists = [[1, 0, 1, 3], [1, 2], [0, 1, 2, 3, 5], [], [5]]; // prettier-ignore
export const sizes = { users: lists.length, items: 6 };
export const itemsOf = (u: number): number[] => [...new Set(lists[u])];
export const usersOf = (i: number): number[] => [...lists.keys()].filter((u) => lists[u]!.includes(i));

export function worldTask(
  model: Autoencoder,
  options: Record<string, unknown>,
  { batchSize = 500, partSizes }: { batchSize?: number; partSizes?: PartSizes } = {},
): { task: Task; weights: Parameters } {
  const modelOptions = model.options.parse({ dropout: 0, ...options });
  const weights = model.parameters(sizes, modelOptions, new Random(1));
  const random = new Random(2);
  for (const { data } of Object.values(weights))
    data.forEach((w, i) => (data[i] = w + 0.5 * random.normal()));
  const given = {
    model,
    modelOptions,
    weights,
    train: fromLists(lists),
    users: Int32Array.from(lists.keys()),
    random: new Random(3),
    partSizes,
    device: oneThread,
  };
  return { task: autoencoderTask(given, autoencoderOptions.parse({ batchSize })), weights };
}

/** What a step of training finds, and what its only part was fed. */
export async function stepOf(task: Task, epoch = 0) {
  const parts = partsOf(task.epoch(epoch).batch(0));
  const step = await Step.compile(task, oneThread);
  const { loss, gradients } = await step.run(parts);
  await step.close();
  return { loss, gradients, fed: parts[0]! };
}

type Row = readonly number[];
export const matrixOf = ({ shape, data }: Parameters[string]): Row[] =>
  Array.from({ length: shape.length === 1 ? 1 : shape[0]! }, (_, r) => {
    const width = shape.at(-1)!;
    return Array.from(data.subarray(r * width, (r + 1) * width));
  });

/** x M + b */
export const affine = (x: Row, m: readonly Row[], b: Row): number[] =>
  b.map((bias, j) => x.reduce((s, v, i) => s + v * m[i]![j]!, bias));

export const dot = (a: Row, b: Row): number => a.reduce((s, v, i) => s + v * b[i]!, 0);

/** Mult-VAE's network on one row. @param noise of z; none when serving */
export function vaeRow(w: Parameters, ones: Row, noise?: Row) {
  const m = (name: string) => matrixOf(w[name]!);
  const encoder = m("encoder");
  const x = m("b1")[0]!.map((b, j) => ones.reduce((s, i) => s + encoder[i]![j]! / Math.sqrt(ones.length), b));
  const gaussian = affine(x.map(Math.tanh), m("w2"), m("b2")[0]!);
  const d = gaussian.length / 2;
  const [mean, logVariance] = [gaussian.slice(0, d), gaussian.slice(d)];
  const z = mean.map((mu, j) => mu + Math.exp(logVariance[j]! / 2) * (noise?.[j] ?? 0));
  const vector = [...affine(z, m("w3"), m("b3")[0]!).map(Math.tanh), 1];
  const kl = mean.reduce(
    (s, mu, j) => s + (Math.exp(logVariance[j]!) + mu * mu - 1 - logVariance[j]!) / 2,
    0,
  );
  return { vector, kl };
}
