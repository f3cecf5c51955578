/** A training as it runs, epoch by epoch. */
import { fit, fitOptions, Random, type FitResult, type Run, type Task } from "../src/index.ts";

/** A training without validation. */
export const training = (
  task: Task,
  options: Readonly<Record<string, unknown>> = {},
  dropout = 0,
): Run<FitResult> =>
  fit({
    task,
    options: fitOptions.parse({ epochs: 1000, validateEvery: 1000, ...options }),
    dropout,
    random: new Random(1),
    validate: () => Promise.resolve(0),
  });

/** Pulls a training on to the end of its next epoch. @returns that epoch's milliseconds, without compilation. */
export async function nextEpoch(training: Run<FitResult>): Promise<number> {
  for (;;) {
    const { done, value } = await training.next();
    if (done === true) throw new Error("internal: the training ended before the benchmark did");
    if (value.type === "epoch") return value.seconds * 1000;
  }
}
