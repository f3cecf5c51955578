import Table from "cli-table3";
import * as z from "zod";
import { complain } from "../../src/errors.ts";
import { Random } from "../../src/random.ts";
import { readOptions } from "../frame/options.ts";
import { duration } from "../frame/progress.ts";
import type { CommandFile, Output } from "../frame/types.ts";
import type { Argv } from "../steps/child.ts";
import { flagsOf, parseGrid, trialsOf, type Settings } from "../steps/tune/grid.ts";
import { left, openTuning, runTrials, type Trial, type Tuning } from "../steps/tune/tuning.ts";

const whole = "expected a whole number of at least 1";
const schema = z.object({
  grid: z.array(z.string()).default([]),
  trials: z.coerce.number(whole).int(whole).min(1, whole).optional(),
  out: z.string().trim().min(1, "expected a folder"),
  dryRun: z.boolean().default(false),
});

export const command: CommandFile = {
  summary: "try settings of train or distill, and keep what validation items like best",
  examples: [
    "potstill tune --grid weight=0.1,1,10 --out tuning/rce-kd distill --method rce-kd --signals signals/citeulike --data data/citeulike --student mf",
    "potstill tune --grid learningRate=1e-4..1e-2 --grid dropout=0.1,0.2,0.5 --trials 12 --seed 7 --out tuning/sasrec train --data data/ml-1m --model sasrec",
  ],
  define(command) {
    const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];
    command
      .argument(
        "<command...>",
        "train or distill with all it takes but --out; tune's own options come before it",
      )
      .passThroughOptions()
      .option(
        "--grid <key=values>",
        "a setting and what to try: key=a,b,c or, with --trials, key=1e-4..1e-1; repeatable",
        collect,
        [],
      )
      .option("--trials <n>", "draw so many, by --seed (default: every combination)")
      .requiredOption(
        "--out <folder>",
        "where the best bundle goes, as best, and what was tried, as tuning.json",
      )
      .option("--dry-run", "say what is left to try");
  },
  async run(args, options, io) {
    const flags = readOptions(schema, options);
    const command = tunable(args);
    if (flags.grid.length === 0) throw nothingToTry();
    const wanted = trialsOf(parseGrid(flags.grid), flags.trials, new Random(io.seed));
    const begun = await openTuning(flags.out, command);
    if (flags.dryRun) return plan(left(begun, wanted), begun);
    return summary(flags.out, await runTrials(flags.out, begun, wanted, io));
  },
};

/** Ours to say, or what one trial would undo of another. */
const reserved = ["--out", "--force", "--resume", "--json", "--quiet"];

function tunable(args: Argv): Argv {
  const wrong = args.find((word) => reserved.includes(word.split("=")[0]!));
  if (["train", "distill"].includes(args[0]!) && wrong === undefined) return args;
  throw complain("usage", {
    where: "tune",
    expected: `train or distill, without ${reserved.join(", ")}`,
    got: wrong ?? args[0]!,
    fix: "Write the command as you would run it once, and options of tune before it",
  });
}

const nothingToTry = () =>
  complain("usage", {
    where: "--grid",
    expected: "a setting to try",
    got: "none",
    fix: "Add for example --grid learningRate=1e-3,1e-2",
  });

function plan(todo: readonly Settings[], { trials }: Tuning): Output {
  const each = trials.reduce((sum, { seconds }) => sum + seconds, 0) / trials.length;
  const time = trials.length === 0 ? "" : `, about ${duration(todo.length * each)} as those took that ended`;
  return {
    json: { left: todo, ended: trials.length },
    text: [...todo.map((one) => flagsOf(one).join(" ")), `${todo.length} trials left${time}`].join("\n"),
  };
}

function summary(out: string, state: Tuning): Output {
  const trials = [...state.trials].sort((a, b) => b.value - a.value);
  const [best] = trials;
  const lines = [tableOf(trials, state.failed), ...state.failed.map(({ message }) => message)];
  if (best !== undefined) {
    const argv = [...state.command, ...flagsOf(best.settings)];
    lines.push(...edges(best, trials), `best: ${out}/best, made by`, `potstill ${argv.join(" ")}`);
  }
  return {
    json: { trials, failed: state.failed, best: best ?? null, bundle: best ? `${out}/best` : null },
    text: lines.join("\n"),
    ...(best === undefined && { exitCode: 1 as const }),
  };
}

function tableOf(trials: readonly Trial[], failed: Tuning["failed"]): string {
  const keys = [...new Set([...trials, ...failed].flatMap(({ settings }) => Object.keys(settings)))];
  const cells = (settings: Settings) => keys.map((key) => settings[key] ?? "");
  const metric = trials[0]?.metric ?? "value";
  const head = [...keys, `validation ${metric}`, "epochs", "best", "seconds"];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const { settings, value, epochs, bestEpoch, seconds } of trials)
    table.push([...cells(settings), value.toFixed(4), epochs, bestEpoch, seconds.toFixed(1)]);
  for (const { settings } of failed) table.push([...cells(settings), "failed", "", "", ""]);
  return table.toString();
}

/** Where the best stands at the end of what was tried, more of it may be better. */
function edges(best: Trial, trials: readonly Trial[]): string[] {
  return Object.entries(best.settings).flatMap(([key, text]) => {
    const tried = [...new Set(trials.map(({ settings }) => Number(settings[key])))];
    const value = Number(text);
    if (tried.length < 2 || tried.some(Number.isNaN)) return [];
    const end = value === Math.min(...tried) ? "smallest" : value === Math.max(...tried) ? "largest" : null;
    return end === null
      ? []
      : [
          `${key}=${text} is the ${end} that was tried: try ${end === "smallest" ? "smaller" : "larger"} ones.`,
        ];
  });
}
