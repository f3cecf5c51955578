import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { lossPlot, reliabilityPlot, validationPlot } from "./plots.ts";
import { four, scroll, whole } from "./tables.ts";
import type { ReportData } from "./types.ts";

export function training({ subject }: ReportData): Html | null {
  const plots = [lossPlot(subject.events), validationPlot(subject.events)].filter((plot) => plot !== null);
  if (plots.length === 0) return null;
  const seconds = subject.events.reduce(
    (sum, event) => sum + (event.type === "epoch" ? event.seconds : 0),
    0,
  );
  return html`<h2>Training</h2>
    <p>${seconds.toFixed(seconds < 10 ? 1 : 0)} s of training, validation not counted.</p>
    <div class="pair">${plots}</div>`;
}

export function reliability({ subject }: ReportData): Html | null {
  if (!subject.reliability) return null;
  const { bins, spearman } = subject.reliability;
  const plot = reliabilityPlot(subject.reliability);
  if (!plot) return null;
  const accuracies = (["teacherNdcg10", "teacherHit10"] as const).filter((key) =>
    bins.some((bin) => key in bin),
  );
  const rows = bins.map((bin) => {
    const cells = accuracies.map(
      (key) => html`<td class="number">${bin[key] === undefined ? "-" : four(bin[key])}</td>`,
    );
    return html`<tr>
      <td>${bin.from.toFixed(2)} to ${bin.to.toFixed(2)}</td>
      <td class="number">${whole(bin.queries)}</td>
      ${cells}
    </tr>`;
  });
  const titles = { teacherNdcg10: "NDCG@10", teacherHit10: "HR@10" };
  const heads = accuracies.map((key) => html`<th class="number" scope="col">${titles[key]}</th>`);
  const head = html`<tr>
    <th scope="col">Reliability</th>
    <th class="number" scope="col">Queries</th>
    ${heads}
  </tr>`;
  const correlation =
    spearman &&
    html` Rank correlation: ${spearman.teacherNdcg10.toFixed(3)} with its accuracy,
    ${spearman.length.toFixed(3)} with history length.`;
  return html`<h2>Can the teacher's answers be told apart?</h2>
    <p>
      Reliability is how little an answer changes when only the recent part of the history is sent. It is
      worth using where the teacher is more often right on the reliable side.${correlation ?? null}
    </p>
    <div class="pair">
      ${plot}
      <div>${scroll(head, rows)}</div>
    </div>`;
}
