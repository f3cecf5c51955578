/**
 * Scores of chosen users and items as tensors: computed beside the graph (scored.ts), or gathered in it where the tables
 * `users` and `items` are not weights but made of them.
 */
import { gather, input, matmul, reshape, type Tensor } from "../graph/index.ts";
import type { Leaves } from "../models/index.ts";
import type { Scored } from "./scored.ts";

export class TableScores {
  readonly #leaves: Leaves;
  readonly #beside: boolean;
  /** The inputs of the graph that are to be computed. */
  readonly inputs: Scored[] = [];

  constructor(leaves: Leaves, beside: boolean) {
    this.#leaves = leaves;
    this.#beside = beside;
  }

  /**
   * @param rows input of user rows, fed as [n] int32 @param chosen input of item rows, fed as [n, s] int32
   * @returns [n, s]
   */
  of(rows: string, chosen: string, n: string, s: number): Tensor {
    if (this.#beside) {
      const name = `scores.${this.inputs.length}`;
      const leaf = input(name, [n, s]);
      this.inputs.push({ name, leaf, left: "users", right: "items", rows, chosen });
      return leaf;
    }
    const user = gather(this.#leaves.users!, input(rows, [n], "int32")); // [n, D]
    const items = gather(this.#leaves.items!, input(chosen, [n, s], "int32")); // [n, s, D]
    return reshape(matmul(reshape(user, [n, 1, user.shape[1]!]), items, { transB: true }), [n, s]);
  }

  /** What a task says of them. @param most rows of a batch */
  scored(most: number): { inputs: readonly Scored[]; most: number } {
    const width = this.inputs.reduce((n, { leaf }) => n + Number(leaf.shape[1]), 0);
    return { inputs: this.inputs, most: most * width };
  }
}
