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
  /** All zero between updates where the gradient has rows only. */
  readonly g: Float32Array;
  readonly width: number;
  /** Rows with a gradient in the present update; null for all. */
  touched: Int32Array | null;
  readonly seen: Uint8Array;
  /** Holds `touched`. */
  readonly list: Int32Array;
  /** [rows] the step each row is up to date with. */
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
   * @param pairs the most dot products asked for at once
   */
  constructor(
    weights: Weights,
    options: OptimiserOptions,
    state = initOptimiser(weights, options),
    pairs = 0,
  ) {
    const room = scheduleNumbers + dotNumbers(pairs);
    const numbers = Object.values(weights).reduce((n, { data }) => n + 4 * data.length, room);
    this.#arena = new Arena(numbers, 4 * Object.keys(weights).length + 6);
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
      list: new Int32Array(rows),
      last: new Int32Array(rows).fill(state.step),
    };
  }

  /** Brings rows up to date before they are read: those named, and all of a weight that is not named. */
  catchUp(reads: Readonly<Record<string, Int32Array>> = {}): void {
    if (this.#options.untouched === "skip") return;
    const { step } = this.state;
    for (const [name, slot] of this.#slots) {
      const rows = reads[name];
      if (rows === undefined) for (let r = 0; r < slot.last.length; r++) this.#idle(slot, r, step);
      else for (const r of rows) this.#idle(slot, r, step);
    }
    if (Object.keys(reads).length === 0) this.#schedule.restart(step);
  }

  /** @returns [N, S] the dot products of rows of one weight with chosen rows of another, as they are now. */
  scores(left: string, right: string, pairs: Pairs): Float32Array {
    return this.#dots.scores(this.#slots.get(left)!, this.#slots.get(right)!, pairs);
  }

  update(gradients: Readonly<Record<string, GradientArrays>>, scored: readonly ScoreGradient[] = []): void {
    if (!this.#schedule.hasRoom(this.state.step + 1)) this.catchUp();
    if (this.#options.untouched === "skip") this.#schedule.restart(this.state.step);
    const names = new Set([...Object.keys(gradients), ...scored.flatMap(({ left, right }) => [left, right])]);
    const given = Array.from(names, (name) => {
      const slot = this.#slots.get(name)!;
      gather(slot, gradients[name] ?? { dense: null, rows: [] }, rowsIn(scored, name));
      return slot;
    });
    for (const { left, right, d, ...pairs } of scored)
      this.#dots.push(this.#slots.get(left)!, this.#slots.get(right)!, pairs, d);
    const { clip } = this.#options;
    const scale = clip === null ? 1 : Math.min(1, clip / (norm(given) + 1e-12));
    const t = ++this.state.step;
    const constants = this.#schedule.keep(t);
    for (const slot of given) {
      this.#apply(slot, scale, t, constants);
      forget(slot, t);
    }
  }

  #apply(slot: Slot, scale: number, t: number, constants: readonly [number, number, number]): void {
    const { touched, width, w, last } = slot;
    if (touched === null) {
      this.#move(slot, 0, w.length, scale, t, constants);
      return;
    }
    const lazy = this.#options.untouched === "move";
    for (const r of touched) {
      if (lazy && last[r] !== t - 1) throw internal(`row ${r} was read ${t - 1 - last[r]!} steps late`);
      this.#move(slot, r * width, width, scale, t, constants);
    }
  }

  /**
   * Kingma, Ba, "Adam", ICLR 2015, Algorithm 1; decoupled decay after Loshchilov, Hutter, ICLR 2019, Algorithm 2.
   * m = b1 m + (1-b1) g, v = b2 v + (1-b2) g^2, w -= rate m' / (sqrt v' + eps), with bias-corrected m', v'.
   */
  #move(
    { w, moments, g }: Slot,
    from: number,
    count: number,
    scale: number,
    t: number,
    [step, correction, decay]: readonly [number, number, number],
  ): void {
    const { optimiser, beta1, beta2, weightDecay } = this.#options;
    if (moments === null) {
      sgd(w, g, from, count, weightDecay, this.#schedule.rate(t), scale);
      return;
    }
    const [wAt, mAt, vAt] = [at(w, from), at(moments.m, from), at(moments.v, from)];
    const coupled = optimiser === "adam" ? weightDecay : 0;
    const arrays = [wAt, mAt, vAt, at(g, from), count] as const;
    this.#arena.kernels.adam(...arrays, beta1, beta2, scale, coupled, decay, step, correction, epsilon);
  }

  /** The steps a row has missed, in each of which its gradient was zero. */
  #idle({ w, moments, last, width }: Slot, r: number, t: number): void {
    const missed = last[r]!;
    if (missed >= t) return;
    last[r] = t;
    const { optimiser, beta1, beta2, weightDecay } = this.#options;
    const from = r * width;
    if (moments === null) {
      for (let s = missed; s < t; s++) shrink(w, from, width, this.#schedule.rate(s + 1) * weightDecay);
      return;
    }
    const coupled = optimiser === "adam" ? weightDecay : 0;
    const arrays = [at(w, from), at(moments.m, from), at(moments.v, from), width] as const;
    const span = this.#schedule.span(missed, t);
    this.#arena.kernels.adamIdle(...arrays, beta1, beta2, coupled, ...span, epsilon);
  }
}

/** Puts the gradient of one weight together: all of it, or the rows it has. */
function gather(slot: Slot, { dense, rows }: GradientArrays, more: readonly Int32Array[]): void {
  const { g, width, seen, list } = slot;
  if (dense !== null) g.set(dense);
  for (const { indices, values } of rows) addRows(g, indices, values, width);
  if (dense !== null) {
    slot.touched = null;
    return;
  }
  let size = 0;
  for (const indices of [...rows.map((r) => r.indices), ...more])
    for (const r of indices) {
      if (seen[r] === 0) list[size++] = r;
      seen[r] = 1;
    }
  slot.touched = list.subarray(0, size);
}

/** The rows of a weight that scores were made of. */
const rowsIn = (scored: readonly ScoreGradient[], name: string): Int32Array[] =>
  scored.flatMap(({ left, right, rows, chosen }) => [
    ...(left === name ? [rows] : []),
    ...(right === name ? [chosen] : []),
  ]);

/** After an update by step t. */
function forget({ g, touched, width, seen, last }: Slot, t: number): void {
  if (touched === null) {
    last.fill(t);
    return;
  }
  for (const r of touched) {
    g.fill(0, r * width, (r + 1) * width);
    seen[r] = 0;
    last[r] = t;
  }
}

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

/** w -= rate (g + decay w) */
function sgd(
  w: Float32Array,
  g: Float32Array,
  from: number,
  count: number,
  decay: number,
  rate: number,
  scale: number,
): void {
  for (let i = from; i < from + count; i++) w[i]! -= rate * (scale * g[i]! + decay * w[i]!);
}

/** sgd without a gradient. */
function shrink(w: Float32Array, from: number, count: number, share: number): void {
  for (let i = from; i < from + count; i++) w[i]! -= share * w[i]!;
}
