import * as z from "zod";
import { openDataset } from "../../src/dataset/index.ts";
import { factorMethods, methods, trajectoryMethods } from "../../src/methods/index.ts";
import { distillRun, factorRun } from "../../src/runs/index.ts";
import {
  openFactorSignal,
  openListSignal,
  openTrajectorySignal,
  signalKind,
} from "../../src/signals/index.ts";
import { addRunOptions, runFlags, runInput, runOutput } from "../steps/run.ts";
import { addSet, readOptions } from "../frame/options.ts";
import type { CommandFile } from "../frame/types.ts";

const schema = z.object({
  ...runFlags,
  method: z.string(),
  signals: z.string(),
  student: z.string().optional(),
});

export const command: CommandFile = {
  summary: "train a student from a teacher's signals",
  examples: [
    "potstill distill --method bahsd --signals signals/ml-1m --data data/ml-1m --student sasrec --out bundles/student",
    "potstill distill --method uniform-kl --signals signals/ml-1m --data data/ml-1m --out bundles/uniform",
    "potstill distill --method rce-kd --signals signals/factors --data data/shop --student mf --set width=20 --out bundles/small-mf",
    "potstill distill --method rce-kd --signals signals/factors --data data/shop --student hstu --set blocks=1 --out bundles/small-hstu",
    "potstill distill --method hetcomp --signals signals/trajectory --data data/shop --student mf --out bundles/of-many",
    "potstill distill --method bahsd --set mode=brief --set width=32 --signals signals/ml-1m --data data/ml-1m --out bundles/small",
  ],
  define(command) {
    command
      .requiredOption(
        "--method <name>",
        `lists: ${Object.keys(methods).join(", ")}; factors: ${Object.keys(factorMethods).join(", ")}; ` +
          `trajectory: ${Object.keys(trajectoryMethods).join(", ")}`,
      )
      .requiredOption("--signals <folder>", "what probe, factors or trajectory wrote")
      .requiredOption("--data <folder>", "the dataset the signals were made for")
      .option("--student <name>", "the student's model (default: sasrec for lists, else mf)")
      .requiredOption("--out <folder>", "the bundle to make");
    addRunOptions(command);
    addSet(command, "the student, the method or the training");
  },
  async run(_args, options, io) {
    const flags = readOptions(schema, options);
    const dataset = await openDataset(flags.data);
    const { method, student } = flags;
    const input = { ...runInput(flags, dataset, io), method };
    const kind = await signalKind(flags.signals);
    if (kind !== "lists") {
      const open = kind === "factors" ? openFactorSignal : openTrajectorySignal;
      const signal = await open(flags.signals, dataset);
      return runOutput(flags.out, await io.drive(factorRun({ ...input, signal, student: student ?? "mf" })));
    }
    const signal = await openListSignal(flags.signals, dataset);
    return runOutput(
      flags.out,
      await io.drive(distillRun({ ...input, signal, student: student ?? "sasrec" })),
    );
  },
};
