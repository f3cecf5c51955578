import Table from "cli-table3";
import { closest } from "fastest-levenshtein";
import * as z from "zod";
import { openDataset } from "../../src/dataset/index.ts";
import { complain } from "../../src/errors.ts";
import {
  defaultProtocol,
  protocolNamed,
  protocols,
  type Metrics,
  type Protocol,
} from "../../src/evaluate/index.ts";
import { decayOption } from "../../src/methods/index.ts";
import { ensemble, type EnsembleRow } from "../../src/runs/index.ts";
import { openTrajectorySignal } from "../../src/signals/index.ts";
import { readOptions } from "../frame/options.ts";
import type { CommandFile } from "../frame/types.ts";
import { four, signed } from "../steps/numbers.ts";

const choices = Object.keys(protocols).filter((name) => protocols[name]!.targets !== "train");
const places = "expected a number above 0";
const schema = z.object({
  signals: z.string(),
  data: z.string(),
  weights: z.string().optional(),
  consistency: z.boolean().default(false),
  decay: z.coerce.number(places).positive(places).default(decayOption.parse(undefined)),
  protocol: z.string().optional(),
});

export const command: CommandFile = {
  summary: "measure an ensemble of teachers, and what each adds to it",
  examples: [
    "potstill ensemble --signals signals/teachers --data data/shop",
    "potstill ensemble --signals signals/teachers --data data/shop --weights mf=1,cml=0.5 --consistency --json",
  ],
  define(command) {
    command
      .requiredOption("--signals <folder>", "the trajectory of the teachers; their last states are taken")
      .requiredOption("--data <folder>", "the dataset it was made for")
      .option(
        "--weights <weights>",
        "what teachers count, as mf=1,cml=0.5; 0 leaves one out (default: 1 each)",
      )
      .option("--consistency", "count steady places more, beside high ones")
      .option("--decay <places>", "places after which an item of a list counts 1/e (default: 50)")
      .option("--protocol <name>", `${choices.join(", ")} (default: by the dataset's split)`);
  },
  async run(_args, options, io) {
    const flags = readOptions(schema, options);
    const named = flags.protocol === undefined ? null : protocolNamed(flags.protocol);
    const dataset = await openDataset(flags.data);
    const signal = await openTrajectorySignal(flags.signals, dataset);
    const names = signal.manifest.teachers.map(({ name }) => name);
    const weights = readWeights(flags.weights, names);
    const asked = named ?? defaultProtocol(dataset.manifest.split);
    if (asked.targets === "train") throw trainingItems(asked);
    const protocol = { ...asked, history: "train" } as const; // which the lists were ranked from
    const { consistency, decay } = flags;
    const input = { signal, dataset, protocol, weights, consistency, decay, abort: io.signal };
    const { rows, users } = await io.drive(ensemble(input));
    return {
      json: {
        signals: flags.signals,
        dataset: dataset.manifest.name,
        protocol: protocol.name,
        history: protocol.history,
        users,
        weights: Object.fromEntries(names.map((name, x) => [name, weights[x]!])),
        consistency,
        decay,
        rows,
      },
      text: [
        `${names.length} teachers on ${dataset.manifest.name}, protocol ${protocol.name}, ${users} users`,
        tableOf(rows, protocol.cutoffs),
        "In brackets: the difference to the ensemble. An item that no teacher lists is not recommended.",
        ...notesOf(asked, signal.manifest.k),
      ].join("\n"),
    };
  },
};

const trainingItems = ({ name }: Protocol) =>
  complain("usage", {
    where: "--protocol",
    expected: "one that looks for items the teachers' lists can hold",
    got: `"${name}", which looks for training items`,
    fix: 'Write "hetcomp"',
  });

/** Where a number is not what `evaluate` says of the same teacher. */
function notesOf({ name, history, cutoffs }: Protocol, k: number): string[] {
  const short = cutoffs.filter((cutoff) => cutoff > k);
  return [
    ...(history === "train"
      ? []
      : [`The lists were ranked from training histories; under ${name}, evaluate shows a model more.`]),
    ...(short.length === 0 ? [] : [`The lists hold ${k} items: @${short.join(", @")} are of these ${k}.`]),
  ];
}

/** @returns a weight per teacher. @throws UserError "usage" */
function readWeights(text: string | undefined, names: readonly string[]): number[] {
  const weights = new Map(names.map((name) => [name, 1]));
  const given = new Set<string>();
  for (const part of text === undefined ? [] : text.split(",")) {
    const at = part.lastIndexOf("=");
    const [name, value] = [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    if (at < 1 || value === "" || !(Number(value) >= 0 && Number(value) < Infinity))
      throw wrongWeights("teacher=weight, a number of at least 0", part, "Write for example mf=1,cml=0.5");
    if (!weights.has(name))
      throw wrongWeights(`one of ${names.join(", ")}`, name, `The nearest is ${closest(name, names)}`);
    if (given.has(name)) throw wrongWeights("each teacher once", part, "Leave one of the two out");
    given.add(name);
    weights.set(name, Number(value));
  }
  if ([...weights.values()].every((weight) => weight === 0))
    throw wrongWeights("a teacher that counts", "0 for all", "Give one of them a weight above 0");
  return [...weights.values()];
}

const wrongWeights = (expected: string, got: string, fix: string) =>
  complain("usage", { where: "--weights", expected, got: JSON.stringify(got), fix });

function tableOf(rows: readonly EnsembleRow[], cutoffs: readonly number[]): string {
  const labels = ["ndcg", "recall"].flatMap((name) => cutoffs.map((k) => `${name}@${k}`));
  const table = new Table({ head: ["", ...labels], style: { head: [], border: [], compact: true } });
  const whole: Metrics = rows[0]!.metrics;
  for (const { system, teacher, metrics } of rows) {
    const name = teacher === null ? system : system === "alone" ? teacher : `${system} ${teacher}`;
    const cell = (label: string) => {
      const difference = system === "ensemble" ? "" : ` (${signed(metrics[label]! - whole[label]!)})`;
      return `${four(metrics[label]!)}${difference}`;
    };
    table.push([name, ...labels.map(cell)]);
  }
  return table.toString();
}
