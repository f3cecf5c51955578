import { pathToFileURL } from "node:url";
import { resolve } from "node:path";
import Table from "cli-table3";
import pc from "picocolors";
import { four, probability, range, signed } from "../numbers.ts";
import type { Gain, Line } from "./findings.ts";
import { shown, type Measurement, type Shown } from "./measure.ts";
import { students } from "./settings.ts";
import { places, type Told } from "./story.ts";

/** The table, what it shows, and how to go on. */
export function showDemo(out: string, told: Told, lines: readonly Line[], gains: readonly Gain[]): string {
  const { users, tailUpTo, groups } = lines[0]!.evaluation;
  const note =
    `NDCG@10 on the test items of ${count(users)} users (${count(groups.head.users)} head, ` +
    `${count(groups.tail.users)} tail: at most ${tailUpTo} training items), the whole catalogue ranked;\n` +
    `± is half of the 95 % bootstrap interval. Students learn from ${count(told.signal.users.count)} users. ` +
    "ms: median time of one recommendation, one thread.";
  return [mainTable(lines), note, gainTable(gains), goOn(out, told)].join("\n\n");
}

function mainTable(lines: readonly Line[]): string {
  const head = ["", ...shown, "queries", "parameters", "ms"];
  const table = new Table({
    head,
    style: { head: [], border: [], compact: true },
    colAligns: ["left", "right", "right", "right", "right", "right", "right"],
  });
  for (const line of lines) {
    const { name, title, queries, model } = line;
    const row = [
      title,
      ...shown.map((group) => plusMinus(line, group)),
      count(queries),
      model === null ? "-" : count(model.parameters),
      model === null ? "-" : model.milliseconds.toFixed(2),
    ];
    table.push(name === students.at(-1)!.name ? row.map((cell) => pc.bold(cell)) : row);
  }
  return table.toString();
}

function plusMinus({ intervals }: Measurement, group: Shown): string {
  const { mean, low, high } = intervals[group]["ndcg@10"]!;
  return `${four(mean)} ± ${four((high - low) / 2)}`;
}

function gainTable(gains: readonly Gain[]): string {
  const table = new Table({
    head: ["BAHSD gains over", "users", "difference", "95 % interval", "p (Holm)"],
    style: { head: [], border: [], compact: true },
  });
  for (const gain of gains) {
    const share = gain.firstMean === 0 ? "" : ` (${signedPercent(gain.difference / gain.firstMean)})`;
    const title = students.find(({ name }) => name === gain.against)!.title;
    table.push([
      title,
      gain.group,
      `${signed(gain.difference)}${share}`,
      range(gain),
      probability(gain.p.tHolm),
    ]);
  }
  return table.toString();
}

const count = (value: number) => value.toLocaleString("en");

function signedPercent(share: number): string {
  return `${share > 0 ? "+" : ""}${(100 * share).toFixed(0)} %`;
}

function goOn(out: string, { dataset }: Told): string {
  const at = places(out);
  const subject = students.at(-1)!.name;
  const ids = [0, 1, 2].map((index) => dataset.items.id(index));
  const body = JSON.stringify({ history: ids, k: 5 });
  return [
    `Report   ${pathToFileURL(resolve(at.report)).href}`,
    `Bundle   ${at.bundle(subject)}`,
    `Numbers  ${at.numbers}`,
    "",
    "Serve the student, and ask it:",
    `  npx potstill serve --bundle ${at.bundle(subject)} --port 8080`,
    `  curl -s http://127.0.0.1:8080/v1/recommend -H 'content-type: application/json' -d '${body}'`,
  ].join("\n");
}
