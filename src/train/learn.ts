/** What training alone and distilling share: fit a task on owned users, watch their validation items, keep the best. */
import { lengthOf, type Dataset } from "../dataset/index.ts";
import { defaultProtocol, evaluate, protocolNamed, type Scorer } from "../evaluate/index.ts";
import { complain, internal } from "../errors.ts";
import { drive, type Run } from "../events.ts";
import type { Model, ModelOptions, Parameters } from "../models/index.ts";
import type { Random } from "../random.ts";
import type { Device } from "../runtime/index.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { fit, type FitOptions, type FitResult } from "./fit.ts";
import { dropoutRate } from "./next-item-task.ts";
import { rankUnseen } from "./rank-unseen.ts";
import { modelScorer } from "./scorer.ts";
import { freshState, type FitEvent } from "./state.ts";
import type { Task } from "./task.ts";
import type { RankingLog } from "./trajectory.ts";

/** A model, and the validation items that say what its weights are worth. */
export interface Watched {
  readonly dataset: Dataset;
  /** Whose validation items are watched. */
  readonly owned: Int32Array;
  readonly model: Model;
  readonly modelOptions: ModelOptions;
  /** Where to write down what the model ranks at each validation, and how many items of a user. */
  readonly rankings?: { readonly log: RankingLog; readonly k: number } | undefined;
  readonly device?: Device | undefined;
}

export interface LearnInput extends Watched {
  readonly task: Task;
  readonly options: FitOptions;
  readonly random: Random;
  /** A folder for the state of an interrupted run, and what identifies this run. */
  readonly checkpoint?:
    { readonly directory: string; readonly run: string; readonly resume: boolean } | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Learned extends FitResult {
  readonly weights: Parameters;
  readonly scorer: Scorer;
}

export async function* learn(input: LearnInput): Run<Learned> {
  const { model, modelOptions, task, options, checkpoint } = input;
  requireSomethingToWatch(input);
  const weights = task.weights;
  const tables = async () => {
    await task.refresh?.();
    return task.propagated?.forward() ?? task.exported ?? weights;
  };
  const given = { model, options: modelOptions, weights: await tables(), device: input.device };
  const scorer = await modelScorer(given);
  const from = checkpoint?.resume
    ? await loadCheckpoint(checkpoint.directory, checkpoint.run, task, freshState(weights, options))
    : undefined;
  await input.rankings?.log.open(validationsIn(from?.history ?? []).map(({ epoch }) => epoch));
  const run = fit({
    task,
    options,
    dropout: dropoutRate(modelOptions),
    random: input.random,
    from,
    signal: input.signal,
    device: input.device,
    save: checkpoint && ((state) => saveCheckpoint(checkpoint.directory, checkpoint.run, task, state)),
    validate: async (epoch) => {
      await tables(); // the scorer reads their arrays
      return watch(input, scorer, options.metric, epoch);
    },
  });
  const result = yield* run;
  return { ...result, weights: await tables(), scorer };
}

/** @throws UserError "input" before there is anything to regret. */
export function requireSomethingToWatch({ owned, dataset }: Watched): void {
  if (!owned.some((u) => lengthOf(dataset.valid, u) > 0)) throw nothingToWatch(owned.length);
}

/**
 * Takes down what the scorer ranks after an epoch, where that is wanted.
 * @returns the metric of that name on the validation items, at any cutoff. @throws UserError "usage" for an unknown one.
 */
export async function watch(
  { dataset, owned, rankings }: Watched,
  scorer: Scorer,
  metric: string,
  epoch: number,
): Promise<number> {
  const named = protocolNamed(`${defaultProtocol(dataset.manifest.split).name}-valid`);
  const cutoff = Number(/@([1-9]\d*)$/.exec(metric)?.[1] ?? named.cutoffs[0]);
  const cutoffs = [...named.cutoffs, cutoff, ...(rankings === undefined ? [] : [rankings.k])];
  const protocol = { ...named, cutoffs: [...new Set(cutoffs)] }; // training items are masked, as in rankings
  const found = await drive(evaluate({ scorer, data: dataset, protocol, users: owned }));
  if (rankings !== undefined)
    await rankings.log.add(epoch, await rankUnseen(scorer, dataset.train, owned, rankings.k, found.perUser));
  return watched(found.metrics, metric);
}

export const validationsIn = (history: readonly FitEvent[]): Extract<FitEvent, { type: "validation" }>[] =>
  history.filter((event) => event.type === "validation");

const nothingToWatch = (users: number) =>
  complain("input", {
    where: "validation",
    expected: "at least one owned user with a validation item",
    got: `none among ${users}`,
    fix: "Split the dataset so that users keep some items for it, or own more users",
  });

function watched(metrics: Readonly<Record<string, number>>, name: string): number {
  const value = metrics[name];
  if (value !== undefined) return value;
  throw internal(`no metric ${name} among ${Object.keys(metrics).join(", ")}`);
}
