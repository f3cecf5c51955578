/** Everything that training continues from. The randomness of an epoch and step follows from their numbers. */
import type { RunEvent } from "../events.ts";
import type { Parameters } from "../models/index.ts";
import { initOptimiser, type OptimiserOptions, type OptimiserState } from "../optim/index.ts";

export interface FitState {
  /** Finished epochs. */
  epoch: number;
  /** Finished steps of the epoch under way, and the sums behind its mean loss. */
  step: number;
  lossSum: number;
  weightSum: number;
  bestEpoch: number;
  bestValue: number;
  /** Validations since the best one. */
  sinceBest: number;
  /** The best weights so far; null before the first validation. */
  best: Record<string, Float32Array> | null;
  /** Seconds of training and validating so far, over all sittings. */
  seconds: number;
  /** The epochs, validations and curricula so far. */
  readonly history: FitEvent[];
  readonly optimiser: OptimiserState;
}

export type FitEvent = Extract<RunEvent, { type: "epoch" | "validation" | "curriculum" }>;

export function freshState(weights: Parameters, options: OptimiserOptions): FitState {
  return {
    epoch: 0,
    step: 0,
    lossSum: 0,
    weightSum: 0,
    bestEpoch: 0,
    bestValue: -Infinity,
    sinceBest: 0,
    best: null,
    seconds: 0,
    history: [],
    optimiser: initOptimiser(weights, options),
  };
}

export function keepBest(weights: Parameters, state: FitState, value: number): void {
  const entries = Object.entries(weights).map(([name, { data }]) => [name, Float32Array.from(data)] as const);
  state.best = Object.fromEntries(entries);
  Object.assign(state, { bestEpoch: state.epoch, bestValue: value, sinceBest: 0 });
}

export function restoreBest(weights: Parameters, { best }: FitState): void {
  if (best === null) return;
  for (const [name, { data }] of Object.entries(weights)) data.set(best[name]!);
}
