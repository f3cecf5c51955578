/**
 * Optimisers as init/update pairs over named weights. A gradient is dense, or rows of a table; a table whose gradient
 * has rows only is updated in those rows only, its moments too.
 */
import * as z from "zod";

export const optimiserOptions = z.strictObject({
  optimiser: z.enum(["adam", "adamw", "sgd"]).default("adam"),
  learningRate: z.number().positive().default(1e-3), // SASRec, section IV-C
  beta1: z.number().min(0).max(1).default(0.9),
  beta2: z.number().min(0).max(1).default(0.98), // SASRec's code
  weightDecay: z.number().min(0).default(0), // added to the gradient (adam, sgd) or to the step (adamw)
  clip: z.number().positive().nullable().default(null), // bound of the gradient's norm over all weights
  warmup: z.int().min(0).default(0), // steps of linear warm-up
});
export type OptimiserOptions = z.output<typeof optimiserOptions>;

const epsilon = 1e-8; // Adam, Algorithm 1

export interface GradientArrays {
  /** Written into by the update: row parts are added here. */
  readonly dense: Float32Array | null;
  readonly rows: readonly { indices: Int32Array; values: Float32Array }[];
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

/** The merged gradient of one weight: all of it, or the listed rows of it. */
interface Merged {
  readonly g: Float32Array;
  readonly touched: Int32Array | null;
  readonly width: number;
}

/** Applies gradients to weights, step after step. Holds only scratch arrays; what matters is in `state`. */
export class Optimiser {
  readonly #options: OptimiserOptions;
  readonly #weights: Weights;
  readonly #scratch = new Map<string, { g: Float32Array; seen: Uint8Array }>();
  readonly state: OptimiserState;

  constructor(weights: Weights, options: OptimiserOptions, state = initOptimiser(weights, options)) {
    this.#weights = weights;
    this.#options = options;
    this.state = state;
  }

  update(gradients: Readonly<Record<string, GradientArrays>>): void {
    const { clip, learningRate, warmup } = this.#options;
    const merged = Object.entries(gradients).map(([name, g]) => [name, this.#merge(name, g)] as const);
    const scale = clip === null ? 1 : Math.min(1, clip / (norm(merged.map(([, m]) => m)) + 1e-12));
    const t = ++this.state.step;
    const rate = learningRate * (warmup === 0 ? 1 : Math.min(1, t / warmup));
    for (const [name, m] of merged) {
      this.#apply(name, m, rate, scale, t);
      if (m.touched !== null) this.#forget(name, m);
    }
  }

  #merge(name: string, { dense, rows }: GradientArrays): Merged {
    const { shape, data } = this.#weights[name]!;
    const width = data.length / shape[0]!;
    if (dense !== null) {
      for (const { indices, values } of rows) addRows(dense, indices, values, width);
      return { g: dense, touched: null, width };
    }
    const { g, seen } = this.#scratchOf(name, data.length, shape[0]!);
    const touched: number[] = [];
    for (const { indices, values } of rows) {
      addRows(g, indices, values, width);
      for (const r of indices) {
        if (seen[r] === 0) touched.push(r);
        seen[r] = 1;
      }
    }
    return { g, touched: Int32Array.from(touched), width };
  }

  #scratchOf(name: string, size: number, rows: number): { g: Float32Array; seen: Uint8Array } {
    let scratch = this.#scratch.get(name);
    if (scratch === undefined) {
      scratch = { g: new Float32Array(size), seen: new Uint8Array(rows) };
      this.#scratch.set(name, scratch);
    }
    return scratch;
  }

  #forget(name: string, { g, touched, width }: Merged): void {
    const { seen } = this.#scratch.get(name)!;
    for (const r of touched!) {
      g.fill(0, r * width, (r + 1) * width);
      seen[r] = 0;
    }
  }

  #apply(name: string, { g, touched, width }: Merged, rate: number, scale: number, t: number): void {
    const w = this.#weights[name]!.data;
    const span = touched === null ? w.length : width;
    const starts = touched === null ? [0] : touched;
    const { optimiser } = this.#options;
    for (const r of starts) {
      if (optimiser === "sgd") sgd(w, g, r * width, span, this.#options, rate, scale);
      else adam(w, g, this.state.moments[name]!, r * width, span, this.#options, rate, scale, t);
    }
  }
}

function addRows(g: Float32Array, indices: Int32Array, values: Float32Array, width: number): void {
  for (let n = 0; n < indices.length; n++) {
    const to = indices[n]! * width;
    const from = n * width;
    for (let d = 0; d < width; d++) g[to + d]! += values[from + d]!;
  }
}

function norm(parts: readonly Merged[]): number {
  let total = 0;
  for (const { g, touched, width } of parts)
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
  { weightDecay }: OptimiserOptions,
  rate: number,
  scale: number,
): void {
  for (let i = from; i < from + count; i++) w[i]! -= rate * (scale * g[i]! + weightDecay * w[i]!);
}

/**
 * Kingma, Ba, "Adam", ICLR 2015, Algorithm 1; decoupled decay after Loshchilov, Hutter, ICLR 2019, Algorithm 2.
 * m = b1 m + (1-b1) g, v = b2 v + (1-b2) g^2, w -= rate m' / (sqrt v' + eps), with bias-corrected m', v'.
 */
function adam(
  w: Float32Array,
  g: Float32Array,
  { m, v }: { m: Float32Array; v: Float32Array },
  from: number,
  count: number,
  { optimiser, beta1, beta2, weightDecay }: OptimiserOptions,
  rate: number,
  scale: number,
  t: number,
): void {
  const coupled = optimiser === "adam" ? weightDecay : 0;
  const decoupled = optimiser === "adamw" ? rate * weightDecay : 0;
  const step = rate / (1 - beta1 ** t);
  const correction = 1 / Math.sqrt(1 - beta2 ** t);
  for (let i = from; i < from + count; i++) {
    const gi = scale * g[i]! + coupled * w[i]!;
    const mi = beta1 * m[i]! + (1 - beta1) * gi;
    const vi = beta2 * v[i]! + (1 - beta2) * gi * gi;
    m[i] = mi;
    v[i] = vi;
    w[i]! -= (step * mi) / (Math.sqrt(vi) * correction + epsilon) + decoupled * w[i]!;
  }
}
