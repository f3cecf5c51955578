import * as z from "zod";
import { openDataset } from "../../src/dataset/index.ts";
import { distillRun } from "../../src/runs/index.ts";
import { openListSignal } from "../../src/signals/index.ts";
import { addRunOptions, runFlags, runInput, runOutput } from "../steps/run.ts";
import { addSet, readOptions } from "../frame/options.ts";
import type { CommandFile } from "../frame/types.ts";

const schema = z.object({
  ...runFlags,
  method: z.string(),
  signals: z.string(),
  student: z.string().default("sasrec"),
});

export const command: CommandFile = {
  summary: "train a student from a teacher's signals",
  examples: [
    "potstill distill --method bahsd --signals signals/ml-1m --data data/ml-1m --student sasrec --out bundles/student",
    "potstill distill --method uniform-kl --signals signals/ml-1m --data data/ml-1m --out bundles/uniform",
    "potstill distill --method bahsd --set mode=brief --set width=32 --signals signals/ml-1m --data data/ml-1m --out bundles/small",
  ],
  define(command) {
    command
      .requiredOption("--method <name>", "bahsd, uniform-kl, or none to do without the teacher")
      .requiredOption("--signals <folder>", "what probe wrote")
      .requiredOption("--data <folder>", "the dataset the signals were made for")
      .option("--student <name>", "the student's model (default: sasrec)")
      .requiredOption("--out <folder>", "the bundle to make");
    addRunOptions(command);
    addSet(command, "the student, the method or the training");
  },
  async run(_args, options, io) {
    const flags = readOptions(schema, options);
    const dataset = await openDataset(flags.data);
    const signal = await openListSignal(flags.signals, dataset);
    const { method, student } = flags;
    const run = distillRun({ ...runInput(flags, dataset, io), signal, method, student });
    return runOutput(flags.out, await io.drive(run));
  },
};
