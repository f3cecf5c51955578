/** A model that is fitted in one pass: its weights, and what they are worth on the validation items. */
import * as z from "zod";
import type { Run } from "../events.ts";
import type { Parameters } from "../models/index.ts";
import { fitOptions } from "./fit.ts";
import { requireSomethingToWatch, watch, type Learned, type Watched } from "./learn.ts";
import { modelScorer } from "./scorer.ts";
import type { FitEvent } from "./state.ts";

export const fittedOptions = z.strictObject({ metric: fitOptions.shape.metric });

export interface FittedInput extends Watched {
  readonly fit: () => Parameters;
  readonly options: z.output<typeof fittedOptions>;
}

export async function* fitted(input: FittedInput): Run<Learned> {
  const { model, modelOptions, device, options } = input;
  requireSomethingToWatch(input);
  const began = performance.now();
  yield { type: "stage", name: `fit ${model.name}`, total: null, unit: "passes" };
  const weights = input.fit();
  const scorer = await modelScorer({ model, options: modelOptions, weights, device });
  const done = performance.now();
  const value = await watch(input, scorer, options.metric);
  const now = performance.now();
  const event: FitEvent = {
    type: "validation",
    epoch: 1,
    metric: options.metric,
    value,
    best: true,
    seconds: (now - done) / 1000,
  };
  yield event;
  const seconds = (now - began) / 1000;
  return { bestEpoch: 1, bestValue: value, epochs: 1, seconds, history: [event], weights, scorer };
}
