/** Tables that a model's propagation makes of its weights, and the way of a gradient back; on the sparse kernel. */
import { at, Arena } from "../kernels/index.ts";
import type { Parameters, Propagation } from "../models/index.ts";
import type { GradientArrays } from "../optim/index.ts";

type Gradients = Readonly<Record<string, GradientArrays>>;

/** The width of what the kernel copies together; see kernels/assembly/sparse.ts. */
const panelWidth = 64;

export class Propagated {
  readonly #weights: Parameters;
  readonly #tables: Parameters;
  readonly #rows: number;
  readonly #users: number;
  readonly #width: number;
  readonly #powers: readonly number[];
  readonly #arena: Arena;
  readonly #matrix: readonly [offsets: number, columns: number, values: number];
  /** [U+I, D] each: what is spread, the tables, the weights' gradient, and room for the powers between. */
  readonly #x: Float32Array;
  readonly #y: Float32Array;
  readonly #gradient: Float32Array;
  readonly #between: Float32Array;
  readonly #panel: Float32Array;

  constructor({ offsets, columns, values, powers }: Propagation, weights: Parameters) {
    const { users, items } = weights;
    const [rows, d] = [offsets.length - 1, users!.shape[1]!];
    const arena = new Arena(offsets.length + 2 * columns.length + rows * (4 * d + panelWidth), 8);
    const table = () => arena.float32(rows * d);
    [this.#x, this.#y, this.#gradient, this.#between] = [table(), table(), table(), table()];
    this.#panel = arena.float32(rows * panelWidth);
    this.#matrix = [
      placed(arena.int32(offsets.length), offsets),
      placed(arena.int32(columns.length), columns),
      placed(arena.float32(values.length), values),
    ];
    this.#arena = arena;
    this.#weights = weights;
    this.#powers = powers;
    [this.#rows, this.#users, this.#width] = [rows, users!.data.length, d];
    const [u, i] = this.#parts(this.#y);
    this.#tables = { ...weights, users: { ...users!, data: u }, items: { ...items!, data: i } };
  }

  /** @returns the tables of the weights as they are, in the same arrays every time. */
  forward(): Parameters {
    const [users, items] = this.#parts(this.#x);
    users.set(this.#weights.users!.data);
    items.set(this.#weights.items!.data);
    this.#spread(this.#y);
    return this.#tables;
  }

  /** @returns the weights' gradients for those of the tables; the arrays are used again by the next call. */
  backward(gradients: Gradients): Gradients {
    const [users, items] = this.#parts(this.#x);
    this.#gather(users, gradients.users);
    this.#gather(items, gradients.items);
    this.#spread(this.#gradient);
    const [dUsers, dItems] = this.#parts(this.#gradient);
    return { ...gradients, users: { dense: dUsers, rows: [] }, items: { dense: dItems, rows: [] } };
  }

  /** y = sum_l powers[l] A^l x, from the highest power down: y_L = powers[L] x, y_l = A y_(l+1) + powers[l] x. */
  #spread(y: Float32Array): void {
    const [x, highest] = [this.#x, this.#powers.length - 1];
    if (highest === 0) x.forEach((v, i) => (y[i] = this.#powers[0]! * v));
    let from = x;
    for (let l = highest - 1; l >= 0; l--) {
      const to = l % 2 === 0 ? y : this.#between;
      const scale = from === x ? this.#powers[highest]! : 1;
      this.#product(from, to, scale, this.#powers[l]!);
      from = to;
    }
  }

  /** to = alpha A from + beta x */
  #product(from: Float32Array, to: Float32Array, alpha: number, beta: number): void {
    const [n, d] = [this.#rows, this.#width];
    const [offsets, columns, values] = this.#matrix;
    const { kernels } = this.#arena;
    kernels.sparseProduct(
      offsets,
      columns,
      values,
      n,
      n,
      at(from),
      d,
      at(to),
      alpha,
      at(this.#x),
      beta,
      at(this.#panel),
    );
  }

  /** Writes a gradient out as a whole table. */
  #gather(into: Float32Array, gradient: GradientArrays | undefined): void {
    const d = this.#width;
    if (gradient?.dense) into.set(gradient.dense);
    else into.fill(0);
    for (const { indices, values } of gradient?.rows ?? [])
      for (let n = 0; n < indices.length; n++) {
        const to = indices[n]! * d;
        for (let j = 0; j < d; j++) into[to + j]! += values[n * d + j]!;
      }
  }

  #parts(table: Float32Array): [users: Float32Array, items: Float32Array] {
    return [table.subarray(0, this.#users), table.subarray(this.#users)];
  }
}

/** @returns where the numbers are, copied into an array of the arena. */
function placed<A extends Int32Array | Float32Array>(into: A, from: A): number {
  into.set(from);
  return at(into);
}
