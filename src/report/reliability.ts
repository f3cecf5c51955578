import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { lengthPlot, reliabilityPlot } from "./plots.ts";
import { facts, four, scroll, whole } from "./tables.ts";
import type { Reliability, ReportData } from "./types.ts";

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
    ${verdictOf(subject.reliability)}
    <div class="pair">
      ${plot}
      <div>${scroll(head, rows)}</div>
    </div>
    ${checks(subject.reliability)}`;
}

function verdictOf({ verdict }: Reliability): Html | null {
  if (!verdict) return null;
  const { premise, reasons, todo } = verdict;
  return html`<p>
    <strong>The premise ${premise === "weak" ? "is weak" : premise}.</strong> ${reasons.join(" ")} ${todo}.
  </p>`;
}

/** Whether it is only long histories, or a list that is the same for everybody. */
function checks({
  histories,
  lengths,
  atFixedLength,
  agreement,
  unanswered,
  gate,
}: Reliability): Html | null {
  const entries: [string, string][] = [];
  if (histories) {
    const { answered, withViews, measured } = histories;
    const text = `${whole(answered)}, ${whole(withViews)} with views, ${whole(measured)} with a known next item too`;
    entries.push(["Histories answered", text]);
  }
  if (atFixedLength) {
    const { value, low, high } = atFixedLength;
    const text = `${value.toFixed(3)}, 95 % interval ${low.toFixed(3)} to ${high.toFixed(3)}`;
    entries.push(["Rank correlation with accuracy at a fixed history length", text]);
  }
  if (agreement) {
    entries.push(["Overlap of a user's list with the user's own views", agreement.own.toFixed(3)]);
    const { others, pairs, shuffled = null } = agreement;
    const standsIn = shuffled === null ? "; it stands in for shuffled histories" : "";
    entries.push([
      "Overlap of two random users' lists",
      `${others.toFixed(3)}, ${whole(pairs)} pairs${standsIn}`,
    ]);
    if (shuffled !== null)
      entries.push(["Overlap of a user's list with that of the shuffled history", shuffled.toFixed(3)]);
  }
  if (unanswered !== undefined)
    entries.push(["Lists that are probably no answers", `${(100 * unanswered).toFixed(1)} %`]);
  if (gate) {
    entries.push([`Users above the gate (${gate.threshold})`, members(gate.high)]);
    entries.push(["Users below it", members(gate.low)]);
  }
  const plot = lengths && lengthPlot(lengths);
  return plot || entries.length > 0
    ? html`<div class="pair">
        ${plot ?? null}
        <div>${facts(entries)}</div>
      </div>`
    : null;
}

const members = ({ users, head }: NonNullable<Reliability["gate"]>["high"]): string =>
  head === null ? "nobody" : `${whole(users)}, ${(100 * head).toFixed(1)} % of them head users`;
