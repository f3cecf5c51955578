/** An ensemble of the teachers of a trajectory as a recommender: its accuracy, and what each teacher adds to it. */
import type { Dataset } from "../dataset/index.ts";
import { evaluate, type Metrics, type Protocol, type Scorer } from "../evaluate/index.ts";
import type { Run } from "../events.ts";
import { Ensemble } from "../methods/index.ts";
import type { TrajectorySignal } from "../signals/index.ts";

/** @returns sums of importances; -Infinity for an item that no teacher lists, so that it is no candidate. */
export function ensembleScorer(ensemble: Ensemble, items: number): Scorer {
  const sums = new Float32Array(items);
  let buffer = new Float32Array(0);
  return {
    items,
    score(users) {
      if (buffer.length < users.length * items) buffer = new Float32Array(users.length * items);
      const scores = buffer.subarray(0, users.length * items).fill(-Infinity);
      users.forEach((u, b) => {
        const named = ensemble.add(u, sums);
        for (const item of named) scores[b * items + item] = sums[item]!;
        for (const item of named) sums[item] = 0;
      });
      return Promise.resolve(scores);
    },
  };
}

export interface EnsembleInput {
  readonly signal: TrajectorySignal;
  readonly dataset: Dataset;
  readonly protocol: Protocol;
  /** Of each teacher; 0 leaves it out. */
  readonly weights: readonly number[];
  /** Whether steady places count more: M = R + C. */
  readonly consistency: boolean;
  /** Places after which an item counts 1/e. */
  readonly decay: number;
  readonly abort?: AbortSignal | undefined;
}

export interface EnsembleRow {
  /** The ensemble, one teacher by its own list, or the ensemble without that teacher. */
  readonly system: "ensemble" | "alone" | "without";
  readonly teacher: string | null;
  readonly metrics: Metrics;
}

export interface EnsembleResult {
  readonly rows: readonly EnsembleRow[];
  /** Users in the means. */
  readonly users: number;
}

/**
 * Evaluates the teachers at their last states.
 * @throws UserError "conflict" where consistency is wanted and a teacher's was not kept.
 */
export async function* ensemble(input: EnsembleInput): Run<EnsembleResult> {
  const { dataset, protocol, signal: heard, weights, consistency, decay, abort } = input;
  const finished = { ...heard, states: heard.states.map((states) => states.slice(-1)) };
  const voices = heard.manifest.teachers.flatMap(({ name }, x) => (weights[x]! > 0 ? [{ name, x }] : []));
  const systems = [
    { system: "ensemble", teacher: null, of: weights, steady: consistency } as const,
    ...voices.map(({ name, x }) => {
      const alone = weights.map((_, other) => Number(other === x));
      return { system: "alone", teacher: name, of: alone, steady: false } as const;
    }),
    ...voices.map(({ name, x }) => {
      const others = weights.map((weight, other) => (other === x ? 0 : weight));
      return { system: "without", teacher: name, of: others, steady: consistency } as const;
    }),
  ].filter(({ of }) => of.some((weight) => weight > 0));
  const rows: EnsembleRow[] = [];
  let users = 0;
  for (const { system, teacher, of, steady } of systems) {
    const ensemble = new Ensemble(finished, dataset.items.size, { consistency: steady, decay, weights: of });
    const scorer = ensembleScorer(ensemble, dataset.items.size);
    const found = yield* evaluate({ scorer, data: dataset, protocol, ...(abort && { signal: abort }) });
    rows.push({ system, teacher, metrics: found.metrics });
    users = found.users;
  }
  return { rows, users };
}
