import type { GroupName } from "../evaluate/index.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { headlineMetrics, plotted, title } from "./metrics.ts";
import { colorOf, groupPlot } from "./plots.ts";
import { four, scroll, whole } from "./tables.ts";
import type { Measured, ReportData, System } from "./types.ts";

/** The numbers one looks for first. */
export function tiles({ subject }: ReportData): Html {
  const { manifest, measured } = subject;
  const one = (name: string, value: string, note: string) =>
    html`<div class="tile">
      <dt>${name}</dt>
      <dd>${value}</dd>
      <dd>${note}</dd>
    </div>`;
  const mean = (name: string, group: GroupName | "all", label: string) => {
    const interval = measured?.intervals[group][label];
    return interval
      ? one(name, four(interval.mean), `${four(interval.low)} to ${four(interval.high)}`)
      : null;
  };
  return html`<dl class="tiles">
    ${mean(title(plotted), "all", plotted)}${mean(`${title(plotted)}, tail users`, "tail", plotted)}
    ${mean("HR@10", "all", "hr@10")} ${one("Parameters", whole(manifest.sizes.parameters), manifest.model)}
    ${one("Items", whole(manifest.sizes.items), `histories up to ${manifest.maxLength}`)}
  </dl>`;
}

export function accuracy({ subject, others, protocol: wanted }: ReportData): Html {
  const systems = [subject, ...others];
  if (!subject.measured) return notMeasured(subject, wanted);
  const { protocol, users, tailUpTo, seconds } = subject.measured.evaluation;
  return html`<h2>Accuracy</h2>
    <p>
      Protocol <code>${protocol}</code>, ${whole(users)} users, the whole catalogue ranked, in
      ${seconds.toFixed(1)} s. Tail users have at most ${tailUpTo} training items. Intervals are 95 %, by
      bootstrap over users.
    </p>
    ${legend(systems)}
    <div class="pair">${groupPlot(systems, "head-tail")}${groupPlot(systems, "quintiles")}</div>
    ${metricTable(systems)} ${listTable(systems)}`;
}

function notMeasured(subject: System, wanted: string | undefined): Html {
  const { said, command } = notEvaluated(subject, wanted);
  return html`<h2>Accuracy</h2>
    <p>This model was ${said}:</p>
    <pre><code>${command}</code></pre>`;
}

/** @returns what a system without numbers lacks, and the command that makes it. */
export function notEvaluated(
  { directory, evaluated }: System,
  wanted: string | undefined,
): { readonly said: string; readonly command: string } {
  const [under, flag] = wanted === undefined ? ["", ""] : [` under ${wanted}`, ` --protocol ${wanted}`];
  const but = evaluated.length === 0 ? "" : `, but under ${evaluated.join(", ")}`;
  return {
    said: `not evaluated${under}${but}`,
    command: `potstill evaluate --bundle ${directory} --data <folder>${flag}`,
  };
}

function legend(systems: readonly System[]): Html {
  const entries = systems.map(
    ({ name, measured }, n) =>
      html`<li>
        <span class="swatch" style="background: ${colorOf(n)}"></span
        >${name}${measured ? null : " (not evaluated)"}
      </li>`,
  );
  return html`<ul class="legend">
    ${entries}
  </ul>`;
}

function metricTable(systems: readonly System[]): Html {
  const measured = systems.filter((system) => system.measured);
  const labels = distinctMetrics(measured);
  const groups = (["all", "head", "tail"] as const).map((group) => [
    html`<tr class="group">
      <th colspan="${2 + labels.length}">
        ${group === "all" ? "All users" : `${group === "head" ? "Head" : "Tail"} users`}
      </th>
    </tr>`,
    ...measured.map((system) => metricRow(system, system.measured!, group, labels)),
  ]);
  const heads = labels.map((label) => html`<th class="number" scope="col">${title(label)}</th>`);
  return scroll(
    html`<tr>
      <th scope="col">System</th>
      <th class="number" scope="col">Users</th>
      ${heads}
    </tr>`,
    groups,
  );
}

/** With one target per user recall@10 is hr@10: it is shown where it says more. */
function distinctMetrics(systems: readonly System[]): readonly string[] {
  const same = systems.every(({ measured }) => {
    const all = measured?.intervals.all;
    return all?.["recall@10"]?.mean === all?.["hr@10"]?.mean;
  });
  return headlineMetrics.filter((label) => label !== "recall@10" || !same);
}

function metricRow(
  { name }: System,
  { evaluation, intervals }: Measured,
  group: GroupName | "all",
  labels: readonly string[],
): Html {
  const users = group === "all" ? evaluation.users : evaluation.groups[group].users;
  const cells = labels.map((label) => {
    const interval = intervals[group][label];
    const text =
      interval && html`${four(interval.mean)} <small>${four(interval.low)} to ${four(interval.high)}</small>`;
    return html`<td class="number">${text ?? "-"}</td>`;
  });
  return html`<tr>
    <th scope="row">${name}</th>
    <td class="number">${whole(users)}</td>
    ${cells}
  </tr>`;
}

const listColumns: Readonly<Record<string, string>> = {
  "coverage@10": "Share of catalogue shown",
  "gini@10": "Gini of exposure",
  "popularity@10": "Mean popularity",
};

function listTable(systems: readonly System[]): Html {
  const rows = systems.flatMap(({ name, measured }) => {
    if (!measured) return [];
    const cells = Object.keys(listColumns).map((label) => {
      const value = measured.evaluation.metrics[label];
      return html`<td class="number">${value?.toFixed(label.startsWith("popularity") ? 1 : 4) ?? "-"}</td>`;
    });
    return html`<tr>
      <th scope="row">${name}</th>
      ${cells}
    </tr>`;
  });
  const heads = Object.values(listColumns).map((text) => html`<th class="number" scope="col">${text}</th>`);
  return scroll(
    html`<tr>
      <th scope="col">Lists of 10</th>
      ${heads}
    </tr>`,
    rows,
  );
}
