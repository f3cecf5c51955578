/** An ensemble of the teachers of a trajectory as a recommender: its accuracy, and what each teacher adds to it. */
import type { Dataset } from "../dataset/index.ts";
import { complain } from "../errors.ts";
import { evaluate, type Metrics, type Protocol, type Scorer } from "../evaluate/index.ts";
import type { Run } from "../events.ts";
import { importance } from "../methods/index.ts";
import type { TrajectorySignal, TrajectoryState } from "../signals/index.ts";

/** What a teacher says, and how much it counts. */
interface Voice {
  readonly state: TrajectoryState;
  readonly weight: number;
}

/** What a place is worth. */
type Value = (place: number, spread: number | null) => number;

/**
 * @returns the weighted sum of what places are worth; -Infinity for an item that no teacher lists, so that it is no
 *   candidate: a user whom no teacher knows is recommended nothing.
 */
export function ensembleScorer(voices: readonly Voice[], k: number, items: number, value: Value): Scorer {
  let buffer = new Float32Array(0);
  const add = (scores: Float32Array, u: number, { state: { lists, spread }, weight }: Voice) => {
    for (let n = u * k; n < (u + 1) * k && lists[n]! >= 0; n++) {
      const worth = weight * value(n - u * k, spread === null ? null : spread[n]!);
      const before = scores[lists[n]!]!;
      scores[lists[n]!] = before === -Infinity ? worth : before + worth;
    }
  };
  return {
    items,
    score(users) {
      if (buffer.length < users.length * items) buffer = new Float32Array(users.length * items);
      const scores = buffer.subarray(0, users.length * items).fill(-Infinity);
      users.forEach((u, b) => {
        const mine = scores.subarray(b * items, (b + 1) * items);
        for (const voice of voices) add(mine, u, voice);
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
  const { dataset, protocol, signal: heard, consistency, abort } = input;
  const { k, teachers } = heard.manifest;
  const voices = teachers.flatMap(({ name }, x) => {
    const [state, weight] = [heard.states[x]!.at(-1)!, input.weights[x]!];
    if (consistency && weight > 0 && state.spread === null) throw withoutConsistency(heard.directory, name);
    return weight > 0 ? [{ name, state, weight }] : [];
  });
  const worth: Value = (place, spread) => importance(place, consistency ? spread : null);
  const byPlace: Value = (place) => -place;
  const systems = [
    { system: "ensemble", teacher: null, of: voices, value: worth } as const,
    ...voices.map((v) => ({ system: "alone", teacher: v.name, of: [v], value: byPlace }) as const),
    ...voices.map((v) => {
      const others = voices.filter((other) => other !== v);
      return { system: "without", teacher: v.name, of: others, value: worth } as const;
    }),
  ].filter(({ of }) => of.length > 0);
  const rows: EnsembleRow[] = [];
  let users = 0;
  for (const { system, teacher, of, value } of systems) {
    const scorer = ensembleScorer(of, k, dataset.items.size, value);
    const found = yield* evaluate({ scorer, data: dataset, protocol, ...(abort && { signal: abort }) });
    rows.push({ system, teacher, metrics: found.metrics });
    users = found.users;
  }
  return { rows, users };
}

const withoutConsistency = (where: string, teacher: string) =>
  complain("conflict", {
    where,
    expected: "rankings before the last state of every teacher",
    got: `none of ${teacher}`,
    fix: "Leave --consistency out, or train the teacher with more validations",
  });
