/**
 * Optimisers as init/update pairs over named weights. A gradient is dense, or rows of a table. A table whose gradient
 * has rows only is updated in those rows only, its moments too; or, with `untouched: "move"`, in all rows as dense Adam
 * does, each row when it is next read: many steps at once while it is at hand, number for number the same.
 */
import { internal } from "../errors.ts";
import { Arena, at } from "../kernels/index.ts";
import { dotNumbers, Dots, type Pairs } from "./dots.ts";
import type { OptimiserOptions } from "./options.ts";
import { Schedule, scheduleNumbers } from "./schedule.ts";

const epsilon = 1e-8; // Adam, Algorithm 1

export interface GradientArrays {
  readonly dense: Float32Array | null;
  readonly rows: readonly { indices: Int32Array; values: Float32Array }[];
}

/** The gradient of scores that were computed by {@link Optimiser.scores}. */
export interface ScoreGradient extends Pairs {
  readonly left: string;
  readonly right: string;
  readonly d: Float32Array; // [N, S]
}

/** What an optimiser remembers; saved in checkpoints as it is. */
export interface OptimiserState {
  step: number;
  /** First and second moments by weight name (none for sgd). */
  readonly moments: Readonly<Record<string, { m: Float32Array; v: Float32Array }>>;
}

/** Whether squares of gradients are beyond float32: such weights do not move any more, and the loss stays finite. */
export const overflown = ({ moments }: OptimiserState): boolean =>
  Object.values(moments).some(({ v }) => v.includes(Infinity) || v.includes(NaN));

export type Weights = Readonly<Record<string, { shape: readonly number[]; data: Float32Array }>>;

export function initOptimiser(weights: Weights, { optimiser }: OptimiserOptions): OptimiserState {
  if (optimiser === "sgd") return { step: 0, moments: {} };
  const moment = (size: number) => ({ m: new Float32Array(size), v: new Float32Array(size) });
  const entries = Object.entries(weights).map(([name, w]) => [name, moment(w.data.length)] as const);
  return { step: 0, moments: Object.fromEntries(entries) };
}

/** One weight in the arena. */
interface Slot {
  readonly w: Float32Array;
  readonly moments: { m: Float32Array; v: Float32Array } | null;
  /** All zero between updates. */
  readonly g: Float32Array;
  readonly width: number;
  /** Rows with a gradient in the present update; null for all. */
  touched: Int32Array | null;
  readonly seen: Uint8Array;
  /** In the arena: it holds `touched`. */
  readonly list: Int32Array;
  /** [rows] in the arena: the step each row is up to date with. */
  readonly last: Int32Array;
}

/** Applies gradients to weights, step after step. It moves weights and moments into memory of its own. */
export class Optimiser {
  readonly #options: OptimiserOptions;
  readonly #arena: Arena;
  readonly #schedule: Schedule;
  readonly #dots: Dots;
  readonly #slots: ReadonlyMap<string, Slot>;
  readonly state: OptimiserState;

  /**
   * The `data` of each weight, and each moment in the state, is replaced by an array in the optimiser's memory.
   * @param pairs the most dot products asked for between two updates
   */
  constructor(
    weights: Weights,
    options: OptimiserOptions,
    state = initOptimiser(weights, options),
    pairs = 0,
  ) {
    const room = scheduleNumbers + dotNumbers(pairs);
    const numbers = Object.values(weights).reduce((n, w) => n + 4 * w.data.length + 2 * w.shape[0]!, room);
    this.#arena = new Arena(numbers, 6 * Object.keys(weights).length + 6);
    this.#dots = new Dots(this.#arena, pairs);
    this.#options = options;
    this.#schedule = new Schedule(options, this.#arena);
    this.#schedule.restart(state.step);
    const slots = Object.entries(weights).map(([name, w]) => [name, this.#house(w, state, name)] as const);
    this.#slots = new Map(slots);
    this.state = state;
  }

  #house(weight: Weights[string], state: OptimiserState, name: string): Slot {
    const moved = (from: Float32Array) => {
      const to = this.#arena.float32(from.length);
      to.set(from);
      return to;
    };
    const rows = weight.shape[0]!;
    const moments = state.moments[name] ?? null;
    weight.data = moved(weight.data);
    if (moments !== null) Object.assign(moments, { m: moved(moments.m), v: moved(moments.v) });
    return {
      w: weight.data,
      moments,
      g: this.#arena.float32(weight.data.length),
      width: weight.data.length / rows,
      touched: null,
      seen: new Uint8Array(rows),
      list: this.#arena.int32(rows),
      last: this.#arena.int32(rows).fill(state.step),
    };
  }

  /** Brings rows up to date before they are read: those named, and all of a weight that is not named. */
  catchUp(reads: Readonly<Record<string, Int32Array>> = {}): void {
    if (this.#options.untouched === "skip") return;
    const { step } = this.state;
    for (const [name, slot] of this.#slots) this.#idle(slot, listLate(slot, step, reads[name]), step);
    if (Object.keys(reads).length === 0) this.#schedule.restart(step);
  }

  /** @returns [N, S] the dot products of rows of one weight with chosen rows of another, until the next update. */
  scores(left: string, right: string, pairs: Pairs): Float32Array {
    return this.#dots.scores(this.#slots.get(left)!, this.#slots.get(right)!, pairs);
  }

  update(gradients: Readonly<Record<string, GradientArrays>>, scored: readonly ScoreGradient[] = []): void {
    if (!this.#schedule.hasRoom(this.state.step + 1)) this.catchUp();
    if (this.#options.untouched === "skip") this.#schedule.restart(this.state.step);
    const names = new Set([...Object.keys(gradients), ...scored.flatMap(({ left, right }) => [left, right])]);
    const given = Array.from(names, (name) => {
      const slot = this.#slots.get(name)!;
      const { dense, rows } = gradients[name] ?? { dense: null, rows: [] };
      addUp(slot, dense, rows);
      const named = [...rows.map(({ indices }) => indices), ...rowsIn(scored, name)];
      slot.touched = dense !== null || this.#movesAll(slot, named) ? null : listed(slot, named);
      return slot;
    });
    for (const { left, right, d, ...pairs } of scored)
      this.#dots.push(this.#slots.get(left)!, this.#slots.get(right)!, pairs, d);
    this.#dots.clear();
    const { clip } = this.#options;
    const scale = clip === null ? 1 : Math.min(1, clip / (norm(given) + 1e-12));
    const t = ++this.state.step;
    const constants = this.#schedule.keep(t);
    for (const slot of given) {
      this.#apply(slot, scale, t, constants);
    }
  }

  /** Whether the steps of all rows are taken at once: none is behind, and more are named than there are. */
  #movesAll({ last, moments }: Slot, named: readonly Int32Array[]): boolean {
    if (this.#options.untouched === "skip" || moments === null) return false;
    const size = named.reduce((n, { length }) => n + length, 0);
    return size >= last.length && last.every((step) => step === this.state.step);
  }

  /**
   * Kingma, Ba, "Adam", ICLR 2015, Algorithm 1; decoupled decay after Loshchilov, Hutter, ICLR 2019, Algorithm 2.
   * m = b1 m + (1-b1) g, v = b2 v + (1-b2) g^2, w -= rate m' / (sqrt v' + eps), with bias-corrected m', v'.
   */
  #apply(
    slot: Slot,
    scale: number,
    t: number,
    [step, correction, decay]: readonly [number, number, number],
  ): void {
    const { w, moments, g, touched, width, last, seen } = slot;
    const { optimiser, beta1, beta2, weightDecay, untouched } = this.#options;
    const coupled = optimiser === "adam" ? weightDecay : 0;
    const scalars = [beta1, beta2, scale, coupled, decay, step, correction, epsilon] as const;
    const { kernels } = this.#arena;
    if (untouched === "move") touched?.forEach((r) => refuseLate(r, last[r]!, t));
    if (moments === null) sgd(slot, weightDecay, this.#schedule.rate(t), scale);
    else {
      const arrays = [at(w), at(moments.m), at(moments.v), at(g)] as const;
      if (touched === null) kernels.adam(...arrays, w.length, ...scalars);
      else kernels.adamRows(...arrays, width, at(touched), touched.length, ...scalars);
    }
    if (touched === null) {
      last.fill(t);
      g.fill(0);
    } else for (const r of touched) [seen[r], last[r]] = [0, t];
  }

  /** The steps that the first n rows of a slot's list have missed, in each of which their gradient was zero. */
  #idle({ w, moments, list, last, width }: Slot, n: number, t: number): void {
    const { optimiser, beta1, beta2, weightDecay } = this.#options;
    if (moments === null) {
      for (const r of list.subarray(0, n)) {
        for (let s = last[r]!; s < t; s++)
          shrink(w, r * width, width, this.#schedule.rate(s + 1) * weightDecay);
        last[r] = t;
      }
      return;
    }
    const coupled = optimiser === "adam" ? weightDecay : 0;
    const arrays = [at(w), at(moments.m), at(moments.v), width, at(list), n, at(last), t] as const;
    this.#arena.kernels.adamIdleRows(...arrays, beta1, beta2, coupled, ...this.#schedule.kept(), epsilon);
  }
}

/** Lists the rows that are behind step t, among those read, or among all where that is less to go through. @returns how many */
function listLate({ list, last, seen }: Slot, t: number, rows?: Int32Array): number {
  let size = 0;
  if (rows === undefined || rows.length >= last.length) {
    for (let r = 0; r < last.length; r++) if (last[r]! < t) list[size++] = r;
    return size;
  }
  for (let n = 0; n < rows.length; n++) {
    const r = rows[n]!;
    if (last[r]! >= t || seen[r] === 1) continue;
    list[size++] = r;
    seen[r] = 1;
  }
  for (let n = 0; n < size; n++) seen[list[n]!] = 0;
  return size;
}

function refuseLate(row: number, last: number, t: number): void {
  if (last !== t - 1) throw internal(`row ${row} was read ${t - 1 - last} steps late`);
}

/** Puts the gradient of one weight together. */
function addUp({ g, width }: Slot, dense: GradientArrays["dense"], rows: GradientArrays["rows"]): void {
  if (dense !== null) g.set(dense);
  for (const { indices, values } of rows) addRows(g, indices, values, width);
}

/** @returns the rows that are named, each once. */
function listed({ seen, list }: Slot, named: readonly Int32Array[]): Int32Array {
  let size = 0;
  for (const indices of named)
    for (let n = 0; n < indices.length; n++) {
      const r = indices[n]!;
      if (seen[r] === 0) list[size++] = r;
      seen[r] = 1;
    }
  return list.subarray(0, size);
}

/** The rows of a weight that scores were made of. */
const rowsIn = (scored: readonly ScoreGradient[], name: string): Int32Array[] =>
  scored.flatMap(({ left, right, rows, chosen }) => [
    ...(left === name ? [rows] : []),
    ...(right === name ? [chosen] : []),
  ]);

function addRows(g: Float32Array, indices: Int32Array, values: Float32Array, width: number): void {
  for (let n = 0; n < indices.length; n++) {
    const to = indices[n]! * width;
    const from = n * width;
    for (let d = 0; d < width; d++) g[to + d]! += values[from + d]!;
  }
}

function norm(slots: readonly Slot[]): number {
  let total = 0;
  for (const { g, touched, width } of slots)
    if (touched === null) for (const x of g) total += x * x;
    else for (const r of touched) for (let i = r * width; i < (r + 1) * width; i++) total += g[i]! * g[i]!;
  return Math.sqrt(total);
}

/** w -= rate (g + decay w) in the touched rows or all; the gradient of touched rows becomes zero again. */
function sgd({ w, g, touched, width }: Slot, decay: number, rate: number, scale: number): void {
  const move = (from: number, to: number) => {
    for (let i = from; i < to; i++) w[i]! -= rate * (scale * g[i]! + decay * w[i]!);
  };
  if (touched === null) move(0, w.length);
  else
    for (const r of touched) {
      move(r * width, (r + 1) * width);
      g.fill(0, r * width, (r + 1) * width);
    }
}

/** sgd without a gradient. */
function shrink(w: Float32Array, from: number, count: number, share: number): void {
  for (let i = from; i < from + count; i++) w[i]! -= share * w[i]!;
}
