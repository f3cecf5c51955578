import * as z from "zod";

export const optimiserOptions = z.strictObject({
  optimiser: z.enum(["adam", "adamw", "sgd"]).default("adam"),
  learningRate: z.number().positive().default(1e-3), // SASRec, section IV-C
  beta1: z.number().min(0).max(1).default(0.9),
  beta2: z.number().min(0).max(1).default(0.98), // SASRec's code
  weightDecay: z.number().min(0).default(0), // added to the gradient (adam, sgd) or to the step (adamw)
  untouched: z.enum(["skip", "move"]).default("skip"), // rows of a table without a gradient in a step: left alone, or moved by momentum and decay, which is PyTorch's dense Adam
  clip: z.number().positive().nullable().default(null), // bound of the gradient's norm over all weights
  warmup: z.int().min(0).default(0), // steps of linear warm-up
});
export type OptimiserOptions = z.output<typeof optimiserOptions>;
