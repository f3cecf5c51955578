import type { Gain, Line } from "./findings.ts";
import { shown } from "./measure.ts";
import { students, type DemoSettings } from "./settings.ts";
import { places, type Told } from "./story.ts";

/** Every number of the demo, for demo.json and --json. */
export function numbersOf(
  out: string,
  settings: DemoSettings,
  seed: number,
  told: Told,
  lines: readonly Line[],
  gains: readonly Gain[],
) {
  const { dataset, signal, stages } = told;
  const at = places(out);
  const { protocol, users, tailUpTo } = lines[0]!.evaluation;
  return {
    seed,
    settings,
    shop: { ...told.shop.options, ...dataset.manifest.counts, lengths: dataset.manifest.lengths },
    owner: signal.users,
    probe: { k: signal.k, scales: signal.scales, counts: signal.counts },
    protocol,
    users,
    tailUpTo,
    systems: lines.map((line) => systemOf(line, told)),
    gains,
    stages,
    seconds: stages.reduce((sum, stage) => sum + stage.seconds, 0),
    files: {
      data: at.data,
      signals: at.signals,
      report: at.report,
      bundles: ["teacher", ...students.map(({ name }) => name)].map(at.bundle),
    },
  };
}

function systemOf({ name, title, queries, evaluation, intervals, model }: Line, { produced }: Told) {
  const made = produced.find(({ manifest }) => manifest.name === name);
  const groups = shown.map((group) => {
    const users = group === "all" ? evaluation.users : evaluation.groups[group].users;
    return [group, { users, ...intervals[group] }];
  });
  return {
    name,
    title,
    queries,
    parameters: model?.parameters ?? null,
    latencyMs: model?.milliseconds ?? null,
    groups: Object.fromEntries(groups) as Record<string, unknown>,
    training: made === undefined ? null : made.manifest.training,
  };
}
