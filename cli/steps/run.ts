/** What train and distill share on the command line. */
import { availableParallelism } from "node:os";
import type { Command } from "commander";
import Table from "cli-table3";
import * as z from "zod";
import type { Dataset } from "../../src/dataset/index.ts";
import type { Produced, RunInput } from "../../src/runs/index.ts";
import { parseSettings } from "../frame/options.ts";
import type { Io, Output } from "../frame/types.ts";

const threads = "expected a whole number of at least 1";
/** Far more than helps, and few enough to be had. */
const mostThreads = Math.max(16, 4 * availableParallelism());

export const runFlags = {
  data: z.string(),
  out: z.string(),
  set: z.array(z.string()).default([]),
  force: z.boolean().default(false),
  resume: z.boolean().default(false),
  device: z.enum(["cpu", "webgpu", "cuda"]).default("cpu"),
  threads: z.coerce
    .number(threads)
    .int(threads)
    .min(1, threads)
    .max(mostThreads, `expected at most ${mostThreads}`)
    .default(availableParallelism()),
};
type RunFlags = z.output<z.ZodObject<typeof runFlags>>;

export function addRunOptions(command: Command): void {
  command
    .option("--force", "replace the bundle if it is there")
    .option("--resume", "go on where the same command was interrupted")
    .option("--device <name>", "cpu, webgpu or cuda (default: cpu)")
    .option("--threads <n>", "threads of one batch or operation (default: the number of cores)");
}

export function runInput(flags: RunFlags, dataset: Dataset, io: Io): RunInput {
  return {
    dataset,
    out: flags.out,
    force: flags.force,
    resume: flags.resume,
    seed: io.seed,
    created: new Date().toISOString(),
    settings: parseSettings(flags.set),
    device: { provider: flags.device, threads: flags.threads },
    abort: io.signal,
  };
}

export function runOutput(out: string, { manifest, seconds }: Produced): Output {
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  const { training, sizes, parity } = manifest;
  const table = new Table({ style: { head: [], border: [] } });
  const validation = training.validation as { metric: string; value: number }; // -Infinity before an epoch
  const kept = training.trajectory as { epochs: number[]; k: number } | undefined;
  table.push(
    ["bundle", out],
    ["model", `${manifest.model}, ${sizes.parameters.toLocaleString("en")} parameters`],
    [
      `validation ${validation.metric}`,
      Number.isFinite(validation.value) ? validation.value.toFixed(4) : "none: not trained",
    ],
    ["epochs", `${String(training.epochs)}, best ${String(training.bestEpoch)}`],
    ...(kept === undefined ? [] : [["trajectory", `epochs ${kept.epochs.join(", ")}, the best ${kept.k}`]]),
    ["export parity", `${parity.maxAbsDifference.toExponential(1)} over ${parity.histories} histories`],
    ["seconds", seconds.toFixed(1)],
    ["peak memory", `${peakMiB} MiB`],
  );
  return { json: { bundle: out, manifest, seconds, peakMiB }, text: table.toString() };
}
