/** The trajectory of a training that is over, as files of its bundle. */
import type { Dataset } from "../dataset/index.ts";
import { complain } from "../errors.ts";
import { hashWeights } from "../export/index.ts";
import { trajectoryFiles } from "../signals/index.ts";
import type { stateSteps } from "../train/index.ts";
import {
  chooseEpochs,
  statesAt,
  validationPeriod,
  validationsIn,
  type FitOptions,
  type Learned,
  type RankingLog,
  type Task,
} from "../train/index.ts";

/** How many states of a training to keep, and how many items of a user in each. */
export interface Kept {
  readonly states: number;
  readonly k: number;
  /** Of what each state is a step: of epochs, or of what the watched metric gains. */
  readonly by: (typeof stateSteps)[number];
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

/**
 * @param inOnePass a model without a course: each of its states is the one it has
 * @returns null where there were too few validations up to the best epoch.
 */
export async function keptStates(
  { states: n, k, by }: Kept,
  log: RankingLog,
  learned: Learned,
  { out, name, dataset, inOnePass }: { out: string; name: string; dataset: Dataset; inOnePass: boolean },
): Promise<KeptStates | null> {
  const validations = validationsIn(learned.history);
  const { bestEpoch } = learned;
  const epochs = inOnePass ? Array<number>(n).fill(bestEpoch) : chooseEpochs(validations, bestEpoch, n, by);
  if (epochs === null) return null;
  const validated = validations.map(({ epoch }) => epoch);
  const states = await statesAt({ log, validated, chosen: epochs, k, items: dataset.items.size });
  const teacher = { name, source: out, version: hashWeights(learned.weights).slice(0, 12), epochs };
  const files = trajectoryFiles({ k, teachers: [teacher], states: [states] }, dataset);
  const named = Array.from(files, ([file, content]) => [`${trajectoryFolder}/${file}`, content] as const);
  return { epochs, files: Object.fromEntries(named) };
}

/** A bundle that has no trajectory although one was asked for. */
export function tooFewStates(out: string, { states }: Kept, { bestEpoch, history }: Learned): Error {
  const met = validationsIn(history).filter(({ epoch }) => epoch <= bestEpoch).length;
  const every = Math.floor(bestEpoch / states);
  return complain("usage", {
    where: `--trajectory ${states}`,
    expected: `at least ${states} validations up to the best epoch, ${bestEpoch}`,
    got: `${met}; ${out} is written without its trajectory`,
    fix: `Train again with --force and ${every > 0 ? `--set validateEvery=${every}` : "a lower learningRate"}, or keep fewer states`,
  });
}
