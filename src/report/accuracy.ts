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

export function accuracy({ subject, others }: ReportData): Html {
  const systems = [subject, ...others];
  if (!subject.measured) return notMeasured(subject);
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

function notMeasured({ directory }: System): Html {
  return html`<h2>Accuracy</h2>
    <p>This model has not been evaluated yet:</p>
    <pre><code>potstill evaluate --bundle ${directory} --data DATASET</code></pre>`;
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
  const groups = (["all", "head", "tail"] as const).map((group) => [
    html`<tr class="group">
      <th colspan="6">${group === "all" ? "All users" : `${group === "head" ? "Head" : "Tail"} users`}</th>
    </tr>`,
    ...measured.map((system) => metricRow(system, system.measured!, group)),
  ]);
  const heads = headlineMetrics.map((label) => html`<th class="number" scope="col">${title(label)}</th>`);
  return scroll(
    html`<tr>
      <th scope="col">System</th>
      <th class="number" scope="col">Users</th>
      ${heads}
    </tr>`,
    groups,
  );
}

function metricRow({ name }: System, { evaluation, intervals }: Measured, group: GroupName | "all"): Html {
  const users = group === "all" ? evaluation.users : evaluation.groups[group].users;
  const cells = headlineMetrics.map((label) => {
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

function listTable(systems: readonly System[]): Html {
  const labels = ["coverage@10", "gini@10", "popularity@10"];
  const rows = systems.flatMap(({ name, measured }) => {
    if (!measured) return [];
    const cells = labels.map((label) => {
      const value = measured.evaluation.metrics[label];
      return html`<td class="number">${value?.toFixed(label.startsWith("popularity") ? 1 : 4) ?? "-"}</td>`;
    });
    return html`<tr>
      <th scope="row">${name}</th>
      ${cells}
    </tr>`;
  });
  const head = html`<tr>
    <th scope="col">Lists of 10</th>
    <th class="number" scope="col">Share of catalogue shown</th>
    <th class="number" scope="col">Gini of exposure</th>
    <th class="number" scope="col">Mean popularity</th>
  </tr>`;
  return scroll(head, rows);
}
