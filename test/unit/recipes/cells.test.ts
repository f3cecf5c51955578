/** What a recipe runs is found out before it runs for hours: names, settings, and what a cell needs. */
import { describe, expect, it } from "vitest";
import { parseSettings } from "../../../cli/frame/options.ts";
import { recipes, type Cell } from "../../../recipes/index.ts";
import { factorMethods, methods, trajectoryMethods } from "../../../src/methods/index.ts";
import { modelNamed } from "../../../src/models/index.ts";
import { resolve } from "../../../src/runs/settings.ts";
import {
  distillOptions,
  factorOptions,
  fitOptions,
  fittedOptions,
  ownOptions,
  sequenceFactorOptions,
} from "../../../src/train/index.ts";

const all = Object.values(recipes).map((recipe) => [recipe.name, recipe.cells(2)] as const);
const trainings = ({ steps }: Cell) =>
  steps.flatMap((step) => ("run" in step && ["train", "distill"].includes(step.run[0]!) ? [step.run] : []));

/** @throws where a name or a setting is unknown, or a value is not one of its. */
function check(argv: readonly string[]): void {
  const after = (flag: string) => argv.filter((_, i) => argv[i - 1] === flag);
  const model = modelNamed(after(argv[0] === "train" ? "--model" : "--student")[0]!);
  const [name] = after("--method");
  const settings = parseSettings(after("--set"));
  const sequence = model.kind === "sequence";
  const own = { model: model.options, fit: fitOptions };
  if (name === undefined) {
    const task = model.kind === "fitted" ? fittedOptions : ownOptions[model.kind];
    return void resolve({ ...own, task }, settings, "");
  }
  const method = trajectoryMethods[name] ?? factorMethods[name] ?? methods[name]!;
  const task = method.signal === "lists" ? distillOptions : sequence ? sequenceFactorOptions : factorOptions;
  resolve({ ...own, task, method: method.options }, settings, name);
}

describe.each(all)("%s", (_name, cells) => {
  it("has settings that its models and methods know", () => {
    for (const cell of cells)
      for (const argv of trainings(cell)) expect(() => check(argv), cell.id).not.toThrow();
  });

  it("names every cell once, and needs cells that stand before", () => {
    const seen = new Set<string>();
    for (const { id, needs } of cells) {
      expect(seen).not.toContain(id);
      for (const other of needs) expect(seen).toContain(other);
      seen.add(id);
    }
  });

  it("looks at no test item where it chooses settings", () => {
    for (const { id, measures } of cells) expect(measures === null || !id.startsWith("tune/"), id).toBe(true);
  });
});
