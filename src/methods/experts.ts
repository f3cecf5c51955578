/**
 * Distillation experts: E small networks from the student's vector to the teacher's, of which a selector that reads the
 * teacher's vector chooses one, softly at first.
 *
 *   x [N, S] student vectors   t [N, T] teacher vectors   f_e(x) = relu(x W1_e + b1_e) W2_e + b2_e   H = (S + T) / 2
 *   a = softmax( (t V + v + Gumbel noise) / tau ),   tau = max(1e-10^(epoch / annealing), 1e-10)
 *
 * The weights of all experts lie side by side, so that a layer is one product for all.
 */
import {
  add,
  input,
  matmul,
  mul,
  relu,
  reshape,
  softmax,
  sub,
  sum,
  type Dim,
  type Feed,
  type StoredTensor,
  type Tensor,
} from "../graph/index.ts";
import type { Random } from "../random.ts";
import type { Vectors } from "../signals/index.ts";
import { gumbel } from "./draws.ts";
import { feed, feedRows } from "./rows.ts";
import type { FactorSizes } from "./types.ts";

/** Whose experts they are. */
export type Side = "users" | "items";
export type Own = Readonly<Record<string, Tensor>>;

/** The experts and selectors of both sides, first weights uniform within 1 / sqrt(inputs), as torch's linear layers. */
export const expertWeights = (
  sizes: FactorSizes,
  experts: number,
  random: Random,
): Record<string, StoredTensor> => ({
  ...sideWeights("users", sizes, experts, random),
  ...sideWeights("items", sizes, experts, random),
});

function sideWeights(
  side: Side,
  { student: s, teacher: t }: FactorSizes,
  experts: number,
  random: Random,
): Record<string, StoredTensor> {
  const h = Math.floor((s + t) / 2);
  const layers: Record<string, readonly [shape: readonly number[], inputs: number]> = {
    w1: [[s, experts * h], s],
    b1: [[experts * h], s],
    w2: [[experts * h, t], h],
    b2: [[experts, t], h],
    v: [[t, experts], t],
    v0: [[experts], t],
  };
  const draw = ([name, [shape, inputs]]: (typeof entries)[number]): [string, StoredTensor] => {
    const stream = random.split(side, name);
    const length = shape.reduce((n, d) => n * d, 1);
    const data = Float32Array.from({ length }, () => (2 * stream.uniform() - 1) / Math.sqrt(inputs));
    return [`${side}.${name}`, { shape, data }];
  };
  const entries = Object.entries(layers);
  return Object.fromEntries(entries.map(draw));
}

/** 1 / tau */
export const sharpness = (epoch: number, annealing: number): number =>
  Math.min(1e10, 10 ** ((10 * epoch) / annealing));

/** The teacher's vectors of chosen rows and the noise of their selection. */
export function expertFeeds(
  name: string,
  vectors: Vectors,
  chosen: Int32Array,
  experts: number,
  random: Random,
): Record<string, Feed> {
  const noise = Float32Array.from({ length: chosen.length * experts }, () => gumbel(random));
  return {
    [`${name}.t`]: feedRows(vectors.data, vectors.width, chosen),
    [`${name}.noise`]: feed(noise, chosen.length, experts),
  };
}

/** [N, E] how well each expert fits an entity, before noise. */
export const selection = (own: Own, side: Side, t: Tensor): Tensor =>
  add(matmul(t, own[`${side}.v`]!), own[`${side}.v0`]!);

/** A side's entities as experts see them. */
export interface Entities {
  /** [N, S], N named `n`. */
  readonly x: Tensor;
  readonly n: Dim;
  readonly beta: Tensor; // [] 1 / tau
  readonly own: Own;
}

/** [N, T] sum_e a_ne f_e(x_n), and what it is to be; t and the noise are the inputs of {@link expertFeeds}. */
export function rebuilt(name: string, side: Side, { x, n, beta, own }: Entities): { y: Tensor; t: Tensor } {
  const [wide, width] = own[`${side}.w2`]!.shape.map(Number) as [number, number];
  const experts = Number(own[`${side}.v0`]!.shape[0]);
  const t = input(`${name}.t`, [n, width]);
  const noise = input(`${name}.noise`, [n, experts]);
  const a = softmax(mul(add(selection(own, side, t), noise), beta)); // [N, E]
  const hidden = relu(add(matmul(x, own[`${side}.w1`]!), own[`${side}.b1`]!)); // [N, E H]
  const chosen = mul(reshape(hidden, [n, experts, wide / experts]), reshape(a, [n, experts, 1])); // [N, E, H]
  const y = add(matmul(reshape(chosen, [n, wide]), own[`${side}.w2`]!), matmul(a, own[`${side}.b2`]!)); // [N, T]
  return { y, t };
}

/** sum_n w_n || t_n - sum_e a_ne f_e(x_n) ||^2.  @param w [N, 1], 1 unless given */
export function expertLoss(name: string, side: Side, { w, ...entities }: Entities & { w?: Tensor }): Tensor {
  const { y, t } = rebuilt(name, side, entities);
  const gap = sub(t, y);
  const squares = mul(gap, gap);
  return sum(w === undefined ? squares : mul(w, squares));
}
