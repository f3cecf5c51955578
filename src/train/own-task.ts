/** Training without a teacher, of a model of any kind that is trained. */
import type { ModelOptions, TrainedModel } from "../models/index.ts";
import { autoencoderOptions, autoencoderTask, type AutoencoderTaskInput } from "./autoencoder-task.ts";
import { bprOptions, bprTask } from "./bpr-task.ts";
import { nextItemOptions, nextItemTask } from "./next-item-task.ts";
import type { Task } from "./task.ts";

/** The options of its task, by the kind of model. */
export const ownOptions = { sequence: nextItemOptions, user: bprOptions, autoencoder: autoencoderOptions };

/** @param options of the task, defaults may be left out */
export function ownTask(
  model: TrainedModel,
  given: Omit<AutoencoderTaskInput, "model">,
  options: ModelOptions,
): Task {
  switch (model.kind) {
    case "sequence":
      return nextItemTask({ ...given, model }, nextItemOptions.parse(options));
    case "user":
      return bprTask({ ...given, model }, bprOptions.parse(options));
    case "autoencoder":
      return autoencoderTask({ ...given, model }, autoencoderOptions.parse(options));
  }
}
