/** Results as lines for a person, as JSON for a program, as a record for the repository, as a page. */
import { availableParallelism, cpus } from "node:os";
import { runtimeVersion } from "./versions.ts";
import type { Times } from "./bench.ts";
import type { Result } from "./measure.ts";

/** What --json prints per benchmark. */
export interface Line {
  readonly name: string;
  readonly ms: Times;
  readonly peer?: { readonly name: string; readonly ms: Times };
  readonly ratio?: number;
}

/** What --save writes: a {@link Line} with what a reader must know to judge it. */
export interface Entry extends Line {
  readonly what: string;
  readonly goal: string;
  readonly flops?: { readonly count: number; readonly formula: string };
  /** Share of the rate of a large matrix product of ONNX Runtime in the same minutes, in percent. */
  readonly peakPercent?: number;
  readonly note?: string;
  /** The processor, where it is not that of the record. */
  readonly cpu?: string;
}

export interface BenchRecord {
  readonly schema: 1;
  readonly command: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly peakGflops: number };
  readonly versions: { readonly node: string; readonly onnxruntime: string };
  readonly results: readonly Entry[];
}

const round = (x: number, digits = 1) => Number(x.toFixed(digits));
const rounded = ({ median, min, max }: Times): Times => ({
  median: round(median),
  min: round(min),
  max: round(max),
});

export function machine(): string {
  const { node, onnxruntime } = runtimeVersion();
  return `${cpus()[0]!.model}, ${availableParallelism()} cores; Node ${node}, onnxruntime-node ${onnxruntime}. Medians (min to max).`;
}

export const lines = (results: readonly Result[]): Line[] => results.map(toLine);

function toLine({ bench, ms, peers: [best] }: Result): Line {
  if (best === undefined) return { name: bench.name, ms: rounded(ms) };
  const ratio = round(best.ms.median / ms.median, 2);
  return { name: bench.name, ms: rounded(ms), peer: { name: best.name, ms: rounded(best.ms) }, ratio };
}

function toEntry(result: Result): Entry {
  const { flops, what, goal } = result.bench;
  return {
    ...toLine(result),
    what,
    goal,
    ...(flops === undefined ? {} : { flops, peakPercent: round(share(result), 0) }),
    ...(result.note === null ? {} : { note: result.note }),
  };
}

const share = ({ bench, ms, peak }: Result) => ((bench.flops?.count ?? 0) / ms.median / 1e6 / peak) * 100;

/** One benchmark for a person at a terminal. */
export function lineOf(result: Result): string {
  const { bench, ms, peak, peers, missing, note } = result;
  const parts = [`${bench.what}: ${shown(ms)}`];
  if (bench.flops !== undefined) {
    const gflop = `${round(bench.flops.count / 1e9, 2)} GFLOP = ${bench.flops.formula}`;
    parts.push(`${gflop}, ${round(share(result), 0)} % of the peak of ${round(peak, 0)} GFLOP/s`);
  }
  for (const p of peers) parts.push(`${p.name}: ${shown(p.ms)}`);
  const { ratio } = toLine(result);
  if (ratio !== undefined) parts.push(`ratio ${ratio} (goal ${bench.goal})`);
  if (missing !== null) parts.push(`no peer: ${missing}`);
  if (note !== null) parts.push(note);
  return parts.join("\n    ");
}

const shown = ({ median, min, max }: Times) => `${round(median)} ms (${round(min)} to ${round(max)})`;

export function record(results: readonly Result[]): BenchRecord {
  const { node, onnxruntime } = runtimeVersion();
  const peakGflops = round(Math.max(...results.map((r) => r.peak)), 0);
  return {
    schema: 1,
    command: "npm run bench -- --peer --save results/bench.json --markdown docs/bench.md",
    machine: { cpu: cpus()[0]!.model, cores: availableParallelism(), peakGflops },
    versions: { node, onnxruntime },
    results: results.map(toEntry),
  };
}

/** @returns the record with older entries of benchmarks that it lacks, where they stood. */
export function withOthers(now: BenchRecord, before: BenchRecord | null): BenchRecord {
  if (before === null) return now;
  const fresh = new Map(now.results.map((entry) => [entry.name, entry]));
  const kept = before.results.map(
    (entry): Entry => fresh.get(entry.name) ?? { cpu: before.machine.cpu, ...entry },
  );
  const names = new Set(kept.map(({ name }) => name));
  const all = [...kept, ...now.results.filter(({ name }) => !names.has(name))];
  const results = all.map(({ cpu, ...entry }) =>
    cpu === undefined || cpu === now.machine.cpu ? entry : { ...entry, cpu },
  );
  return { ...now, results };
}

export function markdown({ command, machine, versions, results }: BenchRecord): string {
  const head = `# Speed

Written by \`${command}\`; the same numbers are in \`results/bench.json\`. Milliseconds are medians (minimum to maximum);
ours, the peer and a matrix product run in turn, so that noise hits all of them alike. The peer is tried with one thread
and with all cores, and the faster is kept. Peak: a product of two 1024 x 1024 matrices on ONNX Runtime in the same minutes.

${machine.cpu}, ${machine.cores} cores, peak ${machine.peakGflops} GFLOP/s; Node ${versions.node}, onnxruntime-node ${versions.onnxruntime}.

| work | ours | of peak | peer | theirs | ratio | goal |
| --- | --- | --- | --- | --- | --- | --- |
`;
  const rows = results.map(
    ({ what, ms, peakPercent, peer, ratio, goal }) =>
      `| ${what} | ${shown(ms)} | ${peakPercent === undefined ? "" : `${peakPercent} %`} | ${peer?.name ?? ""} | ${
        peer === undefined ? "" : shown(peer.ms)
      } | ${ratio === undefined ? "" : `${ratio}x`} | ${goal} |`,
  );
  const notes = results.flatMap(({ name, flops, note }) => [
    ...(flops === undefined ? [] : [`- ${name}: ${round(flops.count / 1e9, 2)} GFLOP = ${flops.formula}`]),
    ...(note === undefined ? [] : [`- ${name}: ${note}`]),
  ]);
  const elsewhere = [...new Set(results.flatMap(({ cpu }) => cpu ?? []))].map((cpu) => {
    const names = results.filter((entry) => entry.cpu === cpu).map(({ name }) => name);
    return `Measured on ${cpu}: ${names.join(", ")}.\n\n`;
  });
  return `${head}${rows.join("\n")}\n\n${elsewhere.join("")}${notes.join("\n")}\n`;
}
