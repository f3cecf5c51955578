/** The one training loop. Everything a model or a method brings is in the task. */
import * as z from "zod";
import { complain, UserError } from "../errors.ts";
import { cutoffMetrics, rankingMetrics } from "../evaluate/index.ts";
import type { Run } from "../events.ts";
import { Optimiser, optimiserOptions, overflown } from "../optim/index.ts";
import type { Random } from "../random.ts";
import type { Device } from "../runtime/index.ts";
import { keepInBall } from "./ball.ts";
import { DropoutMasks } from "./dropout.ts";
import { scoreFeeds, scoreGradients } from "./scored.ts";
import { Step } from "./step.ts";
import { partsOf, type Task } from "./task.ts";
import { freshState, keepBest, restoreBest, type FitEvent, type FitState } from "./state.ts";

/** Those of which more is better: not gini, nor popularity. */
const cut = [...Object.keys(cutoffMetrics), "coverage"];
const whole = Object.keys(rankingMetrics);
const watchable = new RegExp(`^(?:(?:${cut.join("|")})@[1-9][0-9]*|${whole.join("|")})$`);
const oneOfThese = `expected one of ${[...cut.map((name) => `${name}@10`), ...whole].join(", ")}, at any cutoff`;

export const fitOptions = z.strictObject({
  ...optimiserOptions.shape,
  epochs: z.int().min(0).default(1000), // at most; early stopping ends most runs
  patience: z.int().min(1).default(10), // validations without improvement before stopping; SASRec+
  validateEvery: z.int().min(1).nullable().default(null), // epochs; null: as many as make about 50 steps
  metric: z.string().regex(watchable, oneOfThese).default("ndcg@10"), // watched on validation targets
});
export type FitOptions = z.output<typeof fitOptions>;

export interface FitInput {
  readonly task: Task;
  readonly options: FitOptions;
  readonly dropout: number;
  readonly random: Random;
  /** @returns the watched metric of the weights as they are after so many epochs. */
  readonly validate: (epoch: number) => Promise<number>;
  /** Where an earlier run stopped. */
  readonly from?: FitState | undefined;
  /** Called after a validation, but not all the time, and when interrupted; the state's arrays keep changing afterwards. */
  readonly save?: ((state: FitState) => Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly device?: Device | undefined;
}

export interface FitResult {
  readonly bestEpoch: number;
  readonly bestValue: number;
  readonly epochs: number;
  /** Over all sittings of a resumed run. */
  readonly seconds: number;
  readonly history: readonly FitEvent[];
}

/**
 * Trains until `patience` validations bring nothing better, then puts the best weights back.
 * @throws UserError "interrupted" after saving, UserError "input" when the loss is not a number.
 */
export async function* fit(input: FitInput): Run<FitResult> {
  if (input.task.epoch(0).steps === 0) throw nothingToLearn();
  const step = await Step.compile(input.task, input.device);
  try {
    return yield* epochs(input, step);
  } finally {
    await step.close();
  }
}

async function* epochs(input: FitInput, step: Step): Run<FitResult> {
  const { task, options, validate } = input;
  const state = input.from ?? freshState(task.weights, options);
  const optimiser = new Optimiser(task.weights, options, state.optimiser, task.scored?.most);

  let saved = -Infinity;
  const every = validationPeriod(options, task);
  while (state.epoch < options.epochs && state.sinceBest < options.patience) {
    const began = performance.now();
    yield* epochOf(input, state, step, optimiser);
    optimiser.catchUp();
    keepInBall(task);
    const loss = state.lossSum / Math.max(1, state.weightSum);
    if (!Number.isFinite(loss)) throw diverged(state.epoch, "a finite loss", String(loss));
    if (overflown(state.optimiser)) throw diverged(state.epoch, "gradients of up to 1e19", "larger ones");
    const finished: FitState = Object.assign(state, {
      epoch: state.epoch + 1,
      step: 0,
      lossSum: 0,
      weightSum: 0,
    });
    yield remember(state, { type: "epoch", epoch: finished.epoch, loss, seconds: since(began) });
    if (finished.epoch % every === 0 || finished.epoch === options.epochs) {
      yield* validation(validate, options.metric, task, state);
      if (since(saved) < saveEvery) continue;
      await input.save?.(state);
      saved = performance.now();
    }
  }
  restoreBest(task.weights, state);
  const { bestEpoch, bestValue, epoch, seconds, history } = state;
  return { bestEpoch, bestValue, epochs: epoch, seconds, history };
}

/** @returns after how many epochs a validation comes. */
export const validationPeriod = (options: FitOptions, task: Task): number =>
  options.validateEvery ?? Math.max(1, Math.round(50 / task.epoch(0).steps));

/** Seconds between two saves: a large model is not written out after every short epoch. */
const saveEvery = 20;

const since = (began: number) => (performance.now() - began) / 1000;

function remember(state: FitState, event: FitEvent): FitEvent {
  if ("seconds" in event) state.seconds += event.seconds;
  state.history.push(event);
  return event;
}

/** The steps of one epoch, from where the state stands. */
async function* epochOf(input: FitInput, state: FitState, step: Step, optimiser: Optimiser): Run<void> {
  const { task, signal } = input;
  const began = performance.now();
  const prepared = await task.prepare?.(state.epoch);
  if (prepared !== undefined) yield remember(state, prepared);
  const plan = task.epoch(state.epoch);
  const masks = new DropoutMasks(input.dropout, input.random.split("dropout", state.epoch));
  yield { type: "stage", name: `epoch ${state.epoch + 1}`, total: plan.steps, unit: "steps" };
  while (state.step < plan.steps) {
    if (signal?.aborted && (task.prepare === undefined || state.step === 0)) {
      optimiser.catchUp();
      state.seconds += since(began);
      await input.save?.(state);
      throw interrupted(state);
    }
    const batch = plan.batch(state.step);
    optimiser.catchUp(batch.reads);
    const scored = task.scored?.inputs ?? [];
    const scores = scoreFeeds(scored, batch.feeds, optimiser);
    const parts = partsOf(batch).map((feeds, part) => {
      return { ...feeds, ...scores, ...masks.feeds(task.dropout, [state.step, part], step.symbols(feeds)) };
    });
    const found = await step.run(parts);
    const { loss } = found;
    optimiser.update(found.gradients, scoreGradients(scored, batch.feeds, found.scored ?? {}));
    keepInBall(task, batch.reads);
    state.lossSum += loss * batch.weight;
    state.weightSum += batch.weight;
    state.step++;
    yield { type: "progress", done: state.step, note: `loss ${loss.toFixed(4)}` };
  }
}

const interrupted = ({ epoch, step }: FitState) =>
  new UserError(
    "interrupted",
    `training: stopped in epoch ${epoch + 1}, step ${step}; state saved. Add --resume to go on.`,
  );

async function* validation(
  validate: FitInput["validate"],
  metric: string,
  task: Task,
  state: FitState,
): Run<void> {
  const began = performance.now();
  const value = await validate(state.epoch);
  const best = value > state.bestValue;
  if (best) keepBest(task.weights, state, value);
  else if (task.settled?.() ?? true) state.sinceBest++;
  const { epoch } = state;
  yield remember(state, { type: "validation", epoch, metric, value, best, seconds: since(began) });
}

const nothingToLearn = () =>
  complain("input", {
    where: "training",
    expected: "at least one owned user with interactions to learn from",
    got: "none",
    fix: "Own more users, or keep longer histories in the training part",
  });

const diverged = (epoch: number, expected: string, got: string) =>
  complain("input", {
    where: `training, epoch ${epoch + 1}`,
    expected,
    got,
    fix: "Lower learningRate, or the weight of the method's loss, or set clip",
  });
