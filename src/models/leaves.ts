import { input } from "../graph/index.ts";
import type { Leaves, Parameters } from "./types.ts";

/** @returns a graph input per weight, under the weight's name after `prefix`. */
export function leavesOf(weights: Parameters, prefix = ""): Leaves {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape }]) => [name, input(prefix + name, shape)]),
  );
}
