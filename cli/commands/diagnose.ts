import Table from "cli-table3";
import pc from "picocolors";
import * as z from "zod";
import { openDataset } from "../../src/dataset/index.ts";
import { complain } from "../../src/errors.ts";
import { Random } from "../../src/random.ts";
import { diagnose, type ReliabilityRecord } from "../../src/runs/index.ts";
import { openListSignal, signalKind } from "../../src/signals/index.ts";
import { readOptions } from "../frame/options.ts";
import type { CommandFile } from "../frame/types.ts";
import { four, range } from "../steps/numbers.ts";

const schema = z.object({ signals: z.string(), data: z.string() });

export const command: CommandFile = {
  summary: "say whether a teacher's consistency tells where it is right",
  examples: [
    "potstill diagnose --signals signals/pilot --data data/mine",
    "potstill diagnose --signals signals/mine --data data/mine --seed 7 --json",
  ],
  define(command) {
    command
      .requiredOption("--signals <folder>", "what probe wrote, or probe --pilot before money is spent")
      .requiredOption("--data <folder>", "the dataset it was probed with")
      .addHelpText(
        "after",
        "\nEnds with 1 where the premise of BAHSD fails, with 0 where it holds or is weak.",
      );
  },
  async run(_args, options, io) {
    const { signals, data } = readOptions(schema, options);
    const dataset = await openDataset(data);
    const kind = await signalKind(signals);
    if (kind !== "lists") throw noLists(signals, kind);
    const signal = await openListSignal(signals, dataset);
    const record = diagnose(signal, dataset, new Random(io.seed));
    const { pilot } = signal.manifest.users;
    return {
      json: { signals, data, ...(pilot !== undefined && { pilot }), ...record },
      text: [fifths(record), lengths(record), others(record), verdict(record)].join("\n\n"),
      exitCode: record.verdict.premise === "fails" ? 1 : 0,
    };
  },
};

function noLists(signals: string, kind: string) {
  return complain("conflict", {
    where: signals,
    expected: "lists, which probe writes",
    got: `${kind}, of a teacher that is known: there is nothing to probe`,
    fix: "Diagnose the signal of a probe",
  });
}

function fifths({ bins, histories }: ReliabilityRecord): string {
  const { answered, withViews, measured } = histories;
  const head = ["reliability", "users", "teacher NDCG@10", "95 % interval", "HR@10"];
  const rows = bins.map((bin) => [
    `${bin.from.toFixed(2)} to ${bin.to.toFixed(2)}`,
    String(bin.queries),
    four(bin.teacherNdcg10),
    range(bin),
    four(bin.teacherHit10),
  ]);
  const counts = `${answered} histories answered, ${withViews} with views, ${measured} with a known next item too.`;
  return `${counts}\n${table(head, rows)}`;
}

function lengths({ lengths }: ReliabilityRecord): string {
  const head = ["history length", "users", "least reliable third", "middle", "most reliable third"];
  const rows = lengths.map(({ from, to, queries, thirds }) => [
    from === to ? String(from) : `${from} to ${to}`,
    String(queries),
    ...thirds.map((ndcg) => (ndcg === null ? "-" : four(ndcg))),
  ]);
  return `The teacher's NDCG@10 at about one length:\n${table(head, rows)}`;
}

function others({ spearman, atFixedLength, agreement, unanswered, gate }: ReliabilityRecord): string {
  const { high, low, tailUpTo } = gate;
  const { shuffled } = agreement;
  const rows = [
    ["Spearman, reliability and history length", spearman ? four(spearman.length) : "undefined"],
    ["Spearman, reliability and teacher NDCG@10", spearman ? four(spearman.teacherNdcg10) : "undefined"],
    [
      "  the same at fixed length (partial)",
      atFixedLength ? `${four(atFixedLength.value)} ${range(atFixedLength)}` : "undefined",
    ],
    ["overlap of a user's list with the user's own views", four(agreement.own)],
    ...(shuffled === null
      ? []
      : [["overlap of a user's list with that of the shuffled history", four(shuffled)]]),
    [`overlap of two random users' lists (${agreement.pairs} pairs)`, four(agreement.others)],
    ["lists that are probably no answers", `${(100 * unanswered).toFixed(1)} %`],
    [`head users (longer than ${tailUpTo}) in the gate's high class`, members(high)],
    ["head users in its low class", members(low)],
  ];
  const missing = " Shuffled histories were not asked; other users' lists stand in for them.";
  const note = `Overlap is rank-biased (p 0.9, depth 20).${shuffled === null ? missing : ""}`;
  return `${table([], rows)}\n${note}`;
}

const members = ({ users, head }: ReliabilityRecord["gate"]["high"]): string =>
  head === null ? "nobody is in it" : `${(100 * head).toFixed(1)} % of ${users}`;

function verdict({ verdict: { premise, reasons, todo } }: ReliabilityRecord): string {
  const color = { holds: pc.green, weak: pc.yellow, fails: pc.red }[premise];
  return [`The premise ${color(premise === "weak" ? "is weak" : premise)}.`, ...reasons, `${todo}.`].join(
    "\n",
  );
}

function table(head: string[], rows: readonly string[][]): string {
  const table = new Table({ head, style: { head: [], border: [], compact: true } });
  table.push(...rows);
  return table.toString();
}
