import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { curriculumPlot, lossPlot, validationPlot } from "./plots.ts";
import type { ReportData } from "./types.ts";

export function training({ subject }: ReportData): Html | null {
  const loss = lossPlot(subject.events);
  if (loss === null) return null; // a model fitted in one pass has no course
  const others = [validationPlot(subject.events), curriculumPlot(subject.events)];
  const plots = [loss, ...others].filter((plot) => plot !== null);
  const seconds = subject.events.reduce(
    (sum, event) => sum + (event.type === "epoch" ? event.seconds : 0),
    0,
  );
  return html`<h2>Training</h2>
    <p>${seconds.toFixed(seconds < 10 ? 1 : 0)} s of training, validation not counted.</p>
    <div class="pair">${plots}</div>`;
}
