/** Weights of any model at a small size: fresh ones, or fitted to histories that are drawn. */
import type { Model, ModelOptions, Parameters, Sizes } from "../../src/models/index.ts";
import { Random } from "../../src/random.ts";

export function freshWeights(model: Model, sizes: Sizes, options: ModelOptions, seed: number): Parameters {
  const random = new Random(seed);
  if (model.kind !== "fitted") return model.parameters(sizes, options, random);
  const lists = Array.from({ length: sizes.users }, (_, u) => random.sample(sizes.items, 3 + u));
  const user = Int32Array.from(lists.flatMap((list, u) => Array.from(list, () => u)));
  const item = Int32Array.from(lists.flatMap((list) => Array.from(list)));
  return model.fit({ user, item }, sizes, options);
}
