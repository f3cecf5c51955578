import * as z from "zod";
import { openDataset } from "../../src/dataset/index.ts";
import { complain } from "../../src/errors.ts";
import { models } from "../../src/models/index.ts";
import { trainRun } from "../../src/runs/index.ts";
import { stateSteps } from "../../src/train/index.ts";
import { addRunOptions, runFlags, runInput, runOutput } from "../steps/run.ts";
import { addSet, readOptions } from "../frame/options.ts";
import type { CommandFile } from "../frame/types.ts";

const share = "expected a number above 0, at most 1";
const schema = z.object({
  ...runFlags,
  model: z.string(),
  trajectory: z
    .string()
    .regex(/^[1-9]\d*(x[1-9]\d*)?$/, "expected a number of states, or of states and items as in 4x100")
    .transform((text) => text.split("x").map(Number))
    .transform(([states, k = 100]) => ({ states: states!, k }))
    .optional(),
  statesBy: z.enum(stateSteps).optional(),
  users: z.coerce.number(share).gt(0, share).max(1, share).default(1),
});

const nothingToStep = (by: string) =>
  complain("usage", {
    where: `--states-by ${by}`,
    expected: "states to keep",
    got: "no --trajectory",
    fix: "Add --trajectory 4, or leave --states-by out",
  });

export const command: CommandFile = {
  summary: "train a recommender",
  examples: [
    "potstill train --data data/ml-1m --model sasrec --out bundles/teacher",
    "potstill train --data data/ml-1m --model sasrec --set width=32 --set loss=bce --out bundles/small",
    "potstill train --data data/shop --model mf --trajectory 4 --out bundles/mf",
    "potstill train --data data/ml-1m --model sasrec --users 0.1 --seed 7 --out bundles/alone",
  ],
  define(command) {
    command
      .requiredOption("--data <folder>", "the dataset to learn from")
      .requiredOption("--model <name>", Object.keys(models).join(", "))
      .requiredOption("--out <folder>", "the bundle to make")
      .option("--users <share>", "learn from this share of the users only, drawn with --seed (default: 1)")
      .option(
        "--trajectory <states>",
        "keep what it ranked at so many states of its training: 4, or 4x100 for the best 100 items of a user",
      )
      .option(
        "--states-by <what>",
        `what lies equally far between them: ${stateSteps.join(", ")}, which is what the watched metric gains (default: epochs)`,
      );
    addRunOptions(command);
    addSet(command, "the model or its training");
  },
  async run(_args, options, io) {
    const flags = readOptions(schema, options);
    const dataset = await openDataset(flags.data);
    const users = { share: flags.users, seed: io.seed };
    const { model, trajectory: asked, statesBy } = flags;
    if (asked === undefined && statesBy !== undefined) throw nothingToStep(statesBy);
    const trajectory = asked && { ...asked, by: statesBy ?? "epochs" };
    const done = await io.drive(trainRun({ ...runInput(flags, dataset, io), model, users, trajectory }));
    return runOutput(flags.out, done);
  },
};
