/** The trajectory of a training that is over, as files of its bundle. */
import type { Dataset } from "../dataset/index.ts";
import { complain } from "../errors.ts";
import { hashWeights } from "../export/index.ts";
import { trajectoryFiles, type TrajectoryState } from "../signals/index.ts";
import {
  chooseEpochs,
  rankUnseen,
  statesAt,
  validatedIn,
  validationPeriod,
  type FitOptions,
  type Learned,
  type RankingLog,
  type Task,
} from "../train/index.ts";

/** How many states of a training to keep, and how many items of a user in each. */
export interface Kept {
  readonly states: number;
  readonly k: number;
}

/** Where a bundle has its trajectory. */
export const trajectoryFolder = "trajectory";

/** @throws UserError "usage" where a training of these options cannot have so many validations. */
export function requireValidations({ states }: Kept, options: FitOptions, task: Task): void {
  const every = validationPeriod(options, task);
  const most = Math.ceil(options.epochs / every);
  if (most >= states) return;
  throw complain("usage", {
    where: `--trajectory ${states}`,
    expected: `at least ${states} validations`,
    got: `${most} at most, one each ${every} epochs of ${options.epochs}`,
    fix:
      options.epochs < states
        ? "Allow more epochs, or keep fewer states"
        : `Validate more often, with --set validateEvery=${Math.floor(options.epochs / states)}, or keep fewer states`,
  });
}

export interface KeptStates {
  readonly epochs: readonly number[];
  /** The files of the signal, by their names in the bundle. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

interface Bundled {
  readonly out: string;
  readonly name: string;
  readonly dataset: Dataset;
  readonly owned: Int32Array;
}

/**
 * @param log null for a model that was fitted in one pass: it has one state, and every one asked for is that.
 * @returns null where there were too few validations up to the best epoch.
 */
export async function keptStates(
  kept: Kept,
  log: RankingLog | null,
  learned: Learned,
  { out, name, dataset, owned }: Bundled,
): Promise<KeptStates | null> {
  const { k } = kept;
  const found =
    log === null
      ? await oneState(kept, learned, dataset, owned)
      : await chosenStates(kept, log, learned, dataset);
  if (found === null) return null;
  const { epochs, states } = found;
  const teacher = { name, source: out, version: hashWeights(learned.weights).slice(0, 12), epochs };
  const files = trajectoryFiles({ k, teachers: [teacher], states: [states] }, dataset);
  const named = Array.from(files, ([file, content]) => [`${trajectoryFolder}/${file}`, content] as const);
  return { epochs, files: Object.fromEntries(named) };
}

interface States {
  readonly epochs: number[];
  readonly states: readonly TrajectoryState[];
}

async function chosenStates(
  { states: n, k }: Kept,
  log: RankingLog,
  learned: Learned,
  dataset: Dataset,
): Promise<States | null> {
  const validated = validatedIn(learned.history);
  const epochs = chooseEpochs(validated, learned.bestEpoch, n);
  if (epochs === null) return null;
  const states = await statesAt({ log, validated, chosen: epochs, k, items: dataset.items.size });
  return { epochs, states };
}

async function oneState(
  { states: n, k }: Kept,
  learned: Learned,
  { train }: Dataset,
  owned: Int32Array,
): Promise<States> {
  const state = { ...(await rankUnseen(learned.scorer, train, owned, k)), spread: null };
  return {
    epochs: new Array<number>(n).fill(learned.bestEpoch),
    states: new Array<TrajectoryState>(n).fill(state),
  };
}

/** A bundle that has no trajectory although one was asked for. */
export function tooFewStates(out: string, { states }: Kept, { bestEpoch, history }: Learned): Error {
  const met = validatedIn(history).filter((epoch) => epoch <= bestEpoch).length;
  const every = Math.floor(bestEpoch / states);
  return complain("usage", {
    where: `--trajectory ${states}`,
    expected: `at least ${states} validations up to the best epoch, ${bestEpoch}`,
    got: `${met}; ${out} is written without its trajectory`,
    fix: `Train again with --force and ${every > 0 ? `--set validateEvery=${every}` : "a lower learningRate"}, or keep fewer states`,
  });
}
