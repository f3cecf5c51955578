/** What a distillation method is: a record. It reads signals and asks the student for vectors; it knows no model. */
import type * as z from "zod";
import type { Sequences } from "../dataset/index.ts";
import type { Feed, Tensor } from "../graph/index.ts";
import type { Items } from "../losses/index.ts";
import type { Random } from "../random.ts";
import type { ListSignal } from "../signals/index.ts";

/** The student's side of a batch of Q queries. */
export interface Student {
  /** [Q, D] the student's vector of each query's history. */
  readonly h: Tensor;
  /** h . items^T are the student's scores, divided by its temperature: the logits of losses. */
  readonly items: Items;
  /** For contrast: V queries and another view of the history of each, both [V, D]. */
  readonly anchor: Tensor;
  readonly view: Tensor;
}

/** What a method makes of a signal before the first epoch. */
export interface MethodPlan {
  /** Rows of the signal to learn from. */
  readonly queries: Int32Array;
  /** For some queries the history of a second view: start and end in the user's training history. */
  readonly contrast: ReadonlyMap<number, { start: number; end: number }>;
  /** The method's own inputs for a batch. @param queries rows of the signal, -1 for filler @param contrasted likewise */
  feeds(queries: Int32Array, contrasted: Int32Array, random: Random): Record<string, Feed>;
}

export interface ListMethod<O = Readonly<Record<string, unknown>>> {
  readonly name: string;
  /** One sentence for help and tables. */
  readonly summary: string;
  readonly signal: "lists";
  readonly student: "sequence";
  readonly options: z.ZodObject;
  /** Weight of the next-item cross-entropy on the owner's own histories; 0 is pure extraction. */
  labelWeight(options: O): number;
  plan(signal: ListSignal, train: Sequences, items: number, options: O): MethodPlan;
  /** @returns the distillation loss, a scalar; null for a method without a teacher. */
  loss(student: Student, k: number, options: O): Tensor | null;
}
