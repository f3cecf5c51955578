import Table from "cli-table3";
import pc from "picocolors";
import * as z from "zod";
import { openDataset } from "../../src/dataset/index.ts";
import type { Dataset } from "../../src/dataset/index.ts";
import { complain } from "../../src/errors.ts";
import {
  compare,
  defaultProtocol,
  mainCutoff,
  protocolNamed,
  protocols,
  requireMetric,
  userLabels,
} from "../../src/evaluate/index.ts";
import type { Comparison, Named, Protocol } from "../../src/evaluate/index.ts";
import { openBundle } from "../../src/export/index.ts";
import { Random } from "../../src/random.ts";
import { readOptions } from "../frame/options.ts";
import type { CommandFile, Io } from "../frame/types.ts";
import { evaluateBundle } from "../steps/evaluate-bundle.ts";
import { four, peakMemoryMB, probability, range, signed } from "../steps/numbers.ts";

const schema = z.object({
  data: z.string(),
  protocol: z.string().optional(),
  metrics: z.string().optional(),
});

export const command: CommandFile = {
  summary: "test whether bundles differ on a dataset",
  examples: [
    "potstill compare bundles/teacher bundles/student --data data/ml-1m",
    "potstill compare bundles/teacher bundles/a bundles/b --data data/ml-1m --metrics ndcg@10,ndcg@20 --json",
  ],
  define(command) {
    command
      .argument("<bundles...>", "two or more bundles; all are compared with the first")
      .requiredOption("--data <folder>", "the dataset they were made from")
      .option("--protocol <name>", `${Object.keys(protocols).join(", ")} (default: by the dataset's split)`)
      .option(
        "--metrics <labels>",
        "metrics to test, separated by commas (default: ndcg@10,hr@10,mrr, or at the protocol's own cutoff)",
      );
  },
  async run(directories, options, io) {
    const { data, protocol: name, metrics: asked } = readOptions(schema, options);
    if (directories.length < 2) throw tooFew(directories);
    const named = name === undefined ? null : protocolNamed(name);
    const dataset = await openDataset(data);
    const protocol = named ?? defaultProtocol(dataset.manifest.split);
    const k = mainCutoff(protocol);
    const metrics = asked?.split(",").map((label) => label.trim()) ?? [`ndcg@${k}`, `hr@${k}`, "mrr"];
    for (const metric of metrics) requireMetric(userLabels(protocol), metric);
    const systems: Named[] = [];
    for (const directory of directories) systems.push(await evaluated(directory, dataset, protocol, io));
    const comparisons = compare(systems, {
      metrics,
      groups: ["all", "head", "tail"],
      random: new Random(io.seed),
    });
    return {
      json: { protocol: protocol.name, first: directories[0]!, comparisons, peakMemoryMB: peakMemoryMB() },
      text: [
        ...directories.slice(1).map((other) => section(directories[0]!, other, comparisons)),
        notes,
      ].join("\n\n"),
    };
  },
};

const notes =
  "Difference with its 95 % paired bootstrap interval; p: paired t-test, two-sided, Holm-corrected over all rows.";

function tooFew(directories: readonly string[]): Error {
  return complain("usage", {
    where: "potstill compare",
    expected: "two or more bundles",
    got: directories[0] ?? "none",
    fix: "Name the bundle to compare with first, then the others",
  });
}

async function evaluated(directory: string, dataset: Dataset, protocol: Protocol, io: Io): Promise<Named> {
  const bundle = await openBundle(directory);
  const { evaluation, reused } = await evaluateBundle(bundle, dataset, protocol, { reuse: true }, io);
  if (reused) io.note(`${directory}: evaluated before, reused.`);
  return { name: directory, evaluation };
}

function section(first: string, other: string, comparisons: readonly Comparison[]): string {
  const head = ["metric", "users", first, other, "difference", "95 % interval", "p (Holm)", "higher"];
  const table = new Table({ head, style: { head: [], border: [], compact: true } });
  for (const c of comparisons.filter(({ system }) => system === other)) {
    const share = c.firstMean === 0 ? "" : ` (${((100 * c.difference) / c.firstMean).toFixed(1)} %)`;
    const winner = { first, this: other, neither: "-" }[c.higher];
    table.push([
      c.metric,
      `${c.group} ${c.users}`,
      four(c.firstMean),
      four(c.mean),
      `${signed(c.difference)}${share}`,
      range(c),
      probability(c.p.tHolm),
      c.p.tHolm < 0.05 ? pc.bold(winner) : pc.dim(`${winner}, not significant`),
    ]);
  }
  return table.toString();
}
