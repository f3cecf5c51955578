/**
 * npm run bench -- [--peer] [--only <name>] [--json] [--save <file.json>] [--markdown <file.md>]
 * Every claim of speed, measured here; --peer runs the same work in PyTorch (python3 with torch) in turn with ours.
 * --save keeps what the file says of benchmarks that did not run.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { bahsdEpoch } from "./bahsd-epoch.bench.ts";
import type { Bench } from "./bench.ts";
import { epochs } from "./epoch.bench.ts";
import { evaluation } from "./evaluation.bench.ts";
import { hetcompEpochs } from "./hetcomp-epoch.bench.ts";
import { dataImport } from "./import.bench.ts";
import { inference } from "./inference.bench.ts";
import { measure, type Result } from "./measure.ts";
import { mfEpochs } from "./mf-epoch.bench.ts";
import { lineOf, lines, machine, markdown, record, withOthers, type BenchRecord } from "./show.ts";
import { sasrecSteps } from "./sasrec-step.bench.ts";
import { softmaxHeads } from "./softmax-head.bench.ts";
import { sparseProducts } from "./sparse-product.bench.ts";

const benches: readonly Bench[] = [
  ...sasrecSteps,
  ...softmaxHeads,
  ...sparseProducts,
  ...epochs,
  ...mfEpochs,
  ...hetcompEpochs,
  bahsdEpoch,
  evaluation,
  ...inference,
  dataImport,
];

const options = {
  peer: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  only: { type: "string" },
  save: { type: "string" },
  markdown: { type: "string" },
} as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options });
  const chosen = benches.filter(({ name }) => name.includes(values.only ?? ""));
  if (chosen.length === 0)
    throw new Error(`--only: expected part of one of ${benches.map((b) => b.name).join(", ")}`);
  const say = (text: string) => process.stderr.write(`${text}\n`);
  say(machine());
  const results: Result[] = [];
  for (const bench of chosen) {
    const result = await measure(bench, values.peer);
    results.push(result);
    say(lineOf(result));
  }
  const before =
    values.save !== undefined && existsSync(values.save) ? readFileSync(values.save, "utf8") : null;
  const whole = withOthers(record(results), before === null ? null : (JSON.parse(before) as BenchRecord));
  if (values.save !== undefined) writeFileSync(values.save, `${JSON.stringify(whole, null, 2)}\n`);
  if (values.markdown !== undefined) writeFileSync(values.markdown, markdown(whole));
  if (values.json) process.stdout.write(`${JSON.stringify(lines(results))}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
