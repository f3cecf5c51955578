import Table from "cli-table3";
import * as z from "zod";
import { openDataset } from "../../src/dataset/index.ts";
import {
  defaultProtocol,
  GROUPS,
  intervalsOf,
  mainCutoff,
  protocolNamed,
  protocols,
} from "../../src/evaluate/index.ts";
import type { Evaluation, Intervals } from "../../src/evaluate/index.ts";
import { openBundle } from "../../src/export/index.ts";
import { Random } from "../../src/random.ts";
import { readOptions } from "../frame/options.ts";
import type { CommandFile } from "../frame/types.ts";
import { evaluateBundle } from "../steps/evaluate-bundle.ts";
import { four, peakMemoryMB, range } from "../steps/numbers.ts";

const schema = z.object({
  bundle: z.string(),
  data: z.string(),
  protocol: z.string().optional(),
  out: z.string().optional(),
});

const shown = ["all", "head", "tail"] as const;

export const command: CommandFile = {
  summary: "measure a bundle on a dataset",
  examples: [
    "potstill evaluate --bundle bundles/student --data data/ml-1m",
    "potstill evaluate --bundle bundles/student --data data/ml-1m --protocol rcekd-v1 --json",
  ],
  define(command) {
    command
      .requiredOption("--bundle <folder>", "the bundle to measure")
      .requiredOption("--data <folder>", "the dataset it was made from")
      .option("--protocol <name>", `${Object.keys(protocols).join(", ")} (default: by the dataset's split)`)
      .option("--out <folder>", "where the evaluation's files go (default: in the bundle)");
  },
  async run(_args, options, io) {
    const { bundle: directory, data, protocol: name, out } = readOptions(schema, options);
    const named = name === undefined ? null : protocolNamed(name);
    const dataset = await openDataset(data);
    const bundle = await openBundle(directory);
    const protocol = named ?? defaultProtocol(dataset.manifest.split);
    const { evaluation, files } = await evaluateBundle(bundle, dataset, protocol, { out, reuse: false }, io);
    const { perUser, ...summary } = evaluation;
    const random = new Random(io.seed);
    const intervals = intervalsOf(evaluation, shown, Object.keys(perUser.values), random);
    const peak = peakMemoryMB();
    return {
      json: {
        bundle: directory,
        dataset: dataset.manifest.name,
        ...summary,
        intervals,
        peakMemoryMB: peak,
        files,
      },
      text: [
        `${bundle.manifest.name} on ${dataset.manifest.name}, protocol ${protocol.name}, ${evaluation.users} users`,
        userTable(evaluation, intervals),
        `Tail: at most ${evaluation.tailUpTo} training items. Intervals: 95 %, bootstrap over users.`,
        quintileTable(evaluation, mainCutoff(protocol)),
        listTable(evaluation),
        `${evaluation.seconds.toFixed(1)} s, peak memory ${peak} MB. Files: ${files}`,
      ].join("\n"),
    };
  },
};

function tableOf(head: string[], rows: string[][]): string {
  const table = new Table({ head, style: { head: [], border: [], compact: true } });
  table.push(...rows);
  return table.toString();
}

function userTable(evaluation: Evaluation, intervals: Record<(typeof shown)[number], Intervals>): string {
  const users = {
    all: evaluation.users,
    head: evaluation.groups.head.users,
    tail: evaluation.groups.tail.users,
  };
  const rows = Object.keys(evaluation.perUser.values).map((label) => {
    const cells = shown.map((group) => {
      const found = intervals[group][label]!;
      return users[group] === 0 ? nobody : `${four(found.mean)} ${range(found)}`;
    });
    return [label, ...cells];
  });
  return tableOf(["metric", ...shown.map((group) => `${group} (${users[group]} users)`)], rows);
}

/** What a group without users has. */
const nobody = "-";

function quintileTable({ groups }: Evaluation, k: number): string {
  const quintiles = GROUPS.filter((group) => group.startsWith("q"));
  const labels = [`ndcg@${k}`, `hr@${k}`, "mrr"];
  const rows = quintiles.map((q) => {
    const of = groups[q];
    const means = labels.map((label) => (of.users === 0 ? nobody : four(of[label]!)));
    return [q, String(groups[q].users), ...means];
  });
  return tableOf(["by history length", "users", ...labels], rows);
}

function listTable({ metrics, perUser }: Evaluation): string {
  const labels = Object.keys(metrics).filter((label) => !Object.hasOwn(perUser.values, label));
  const text = (label: string) =>
    label.startsWith("popularity") ? metrics[label]!.toFixed(1) : four(metrics[label]!);
  return tableOf(
    ["all lists together", ""],
    labels.map((label) => [label, text(label)]),
  );
}
