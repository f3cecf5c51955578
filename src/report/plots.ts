import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { GROUPS } from "../evaluate/index.ts";
import type { GroupName } from "../evaluate/index.ts";
import type { RunEvent } from "../events.ts";
import { Html, html } from "./html.ts";
import { plotted, title } from "./metrics.ts";
import type { Reliability, System } from "./types.ts";

/** Colours are CSS variables, so that one picture serves light and dark. */
export const colorOf = (n: number): string => `var(--series-${n % 6})`;

/** @param label what a reader who cannot see the picture is told. */
function draw(label: string, options: Plot.PlotOptions): Html {
  const { document } = parseHTML("<html></html>") as unknown as { document: unknown };
  const given = { ...options, document, ariaLabel: label, style: { background: "none", fontSize: "12px" } };
  const drawn = Plot.plot(given) as unknown as { outerHTML: string };
  return new Html(drawn.outerHTML);
}

function figure(caption: string, picture: Html): Html {
  return html`<figure>
    ${picture}
    <figcaption>${caption}</figcaption>
  </figure>`;
}

const size = { width: 460, height: 260, marginTop: 32, marginLeft: 52, marginBottom: 40 };

/** Loss by epoch. */
export function lossPlot(events: readonly RunEvent[]): Html | null {
  const epochs = lastPerEpoch(events.filter((event) => event.type === "epoch"));
  if (epochs.length === 0) return null;
  const picture = draw("Training loss by epoch", {
    ...size,
    x: { label: "epoch", ...wholeTicks(epochs) },
    y: { label: "loss per target", grid: true, nice: true },
    marks: [
      Plot.line(epochs, { x: "epoch", y: "loss", stroke: colorOf(0), strokeWidth: 2 }),
      Plot.dot(epochs, { x: "epoch", y: "loss", fill: colorOf(0), r: epochs.length > 60 ? 0 : 2.5 }),
    ],
  });
  return figure("Training loss, mean per target.", picture);
}

/** The validation metric by epoch, with the epoch that was kept. */
export function validationPlot(events: readonly RunEvent[]): Html | null {
  const points = lastPerEpoch(events.filter((event) => event.type === "validation"));
  const metric = points[0]?.metric;
  if (metric === undefined) return null;
  const best = points.reduce((a, b) => (b.value > a.value ? b : a));
  const picture = draw(`${title(metric)} on validation by epoch, best ${best.value.toFixed(4)}`, {
    ...size,
    x: { label: "epoch", ...wholeTicks(points) },
    y: { label: title(metric), grid: true, nice: true, zero: true },
    marks: [
      Plot.ruleX([best], { x: "epoch", stroke: "currentColor", strokeOpacity: 0.35, strokeDasharray: "3,3" }),
      Plot.line(points, { x: "epoch", y: "value", stroke: colorOf(1), strokeWidth: 2 }),
      Plot.dot(points, { x: "epoch", y: "value", fill: colorOf(1), r: 2.5 }),
      Plot.dot([best], { x: "epoch", y: "value", stroke: colorOf(1), r: 6 }),
    ],
  });
  return figure(
    `Validation: best ${title(metric)} ${best.value.toFixed(4)} after epoch ${best.epoch}.`,
    picture,
  );
}

/** How far each teacher's users have come in its states, by epoch. */
export function curriculumPlot(events: readonly RunEvent[]): Html | null {
  const checks = lastPerEpoch(events.filter((event) => event.type === "curriculum"));
  const last = checks.at(-1);
  if (last === undefined) return null;
  const names = Object.keys(last.teachers);
  const points = checks.flatMap(({ epoch, teachers }) =>
    Object.entries(teachers).map(([teacher, { mean }]) => ({ epoch, teacher, mean })),
  );
  const picture = draw(`State of ${names.join(", ")} by epoch, mean over users`, {
    ...size,
    x: { label: "epoch", ...wholeTicks(checks) },
    y: { label: "state", grid: true, domain: [0, Math.max(1, last.last)] },
    color: { domain: names, range: names.map((_, n) => colorOf(n)) },
    marks: [
      Plot.line(points, { x: "epoch", y: "mean", stroke: "teacher", strokeWidth: 2 }),
      Plot.dot(points, { x: "epoch", y: "mean", fill: "teacher", r: 2.5, title: stateTooltip }),
      ...names.map((name, n) =>
        Plot.text([name], { text: [name], frameAnchor: "top-left", dx: 6, dy: 4 + 14 * n, fill: colorOf(n) }),
      ),
    ],
  });
  const groups = Object.entries(last.teachers).map(([name, { mean, head, tail }]) => {
    const parts = [
      head === null ? [] : [`head ${head.toFixed(2)}`],
      tail === null ? [] : [`tail ${tail.toFixed(2)}`],
    ];
    return `${name} ${mean.toFixed(2)} (${parts.flat().join(", ")})`;
  });
  return figure(
    `States that teach, mean over users; 0 is the first, ${last.last} the last. After epoch ${last.epoch}: ${groups.join("; ")}.`,
    picture,
  );
}

const stateTooltip = ({ epoch, teacher, mean }: { epoch: number; teacher: string; mean: number }) =>
  `${teacher}, epoch ${epoch}: ${mean.toFixed(2)}`;

/** A resumed run logs an epoch twice; the later one counts. */
function lastPerEpoch<E extends { epoch: number }>(events: readonly E[]): E[] {
  const byEpoch = new Map(events.map((event) => [event.epoch, event]));
  return [...byEpoch.values()].sort((a, b) => a.epoch - b.epoch);
}

function wholeTicks(events: readonly { epoch: number }[]): Plot.ScaleOptions {
  const last = events.at(-1)!.epoch;
  const first = Math.min(events[0]!.epoch, last - 1);
  return { domain: [first, last], ticks: Math.min(8, last - first), tickFormat: "d" }; // no half epochs
}

interface Bar {
  readonly system: string;
  readonly group: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** The accuracy of every system by groups of users, side by side. */
export function groupPlot(systems: readonly System[], which: "head-tail" | "quintiles"): Html | null {
  const wanted: readonly (GroupName | "all")[] =
    which === "head-tail" ? ["all", "head", "tail"] : GROUPS.filter((group) => group.startsWith("q"));
  const bars = systems.flatMap((system) => wanted.flatMap((group) => barOf(system, group)));
  if (bars.length === 0) return null;
  const names = systems.map(({ name }) => name);
  const what = which === "head-tail" ? "all, head and tail users" : "quintiles of history length";
  const picture = draw(`${title(plotted)} of ${names.join(", ")} for ${what}`, {
    ...size,
    marginBottom: 30,
    fx: { label: null, domain: wanted, padding: 0.18 },
    x: { axis: null, domain: names, padding: 0.12 },
    y: { label: title(plotted), grid: true, zero: true, nice: true },
    color: { domain: names, range: names.map((_, n) => colorOf(n)) },
    marks: [
      Plot.barY(bars, { fx: "group", x: "system", y: "mean", fill: "system", title: tooltip }),
      Plot.ruleX(bars, {
        fx: "group",
        x: "system",
        y1: "low",
        y2: "high",
        stroke: "currentColor",
        strokeWidth: 1.4,
      }),
      Plot.ruleY([0], { stroke: "currentColor", strokeOpacity: 0.5 }),
    ],
  });
  const order = which === "quintiles" ? "q1 holds the shortest histories. " : "";
  return figure(`${title(plotted)} for ${what}. ${order}Lines: 95 % intervals.`, picture);
}

function barOf({ name, measured }: System, group: GroupName | "all"): Bar[] {
  const interval = measured?.intervals[group][plotted];
  return interval ? [{ system: name, group, ...interval }] : [];
}

function tooltip({ system, group, mean, low, high }: Bar): string {
  return `${system}, ${group}: ${mean.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`;
}

/** The teacher's accuracy by reliability of its answers: rising where probing found out what to trust. */
export function reliabilityPlot({ bins }: Reliability): Html | null {
  const points = bins.flatMap(({ from, to, queries, teacherNdcg10, teacherHit10, low, high }) => {
    const accuracy = teacherNdcg10 ?? teacherHit10;
    return accuracy === undefined || queries === 0 ? [] : [{ from, to, queries, accuracy, low, high }];
  });
  if (points.length === 0) return null;
  const metric = bins.some((bin) => bin.teacherNdcg10 !== undefined) ? "NDCG@10" : "HR@10";
  const bounded = points.filter((point) => point.low !== undefined && point.high !== undefined);
  const middle = ({ from, to }: { from: number; to: number }) => (from + to) / 2;
  const picture = draw(`${metric} of the teacher by reliability of its answers`, {
    ...size,
    x: { label: "reliability", domain: [points[0]!.from, points.at(-1)!.to] },
    y: { label: `teacher ${metric}`, grid: true, zero: true, nice: true },
    marks: [
      Plot.rectY(points, {
        x1: "from",
        x2: "to",
        y: "accuracy",
        fill: colorOf(0),
        fillOpacity: 0.85,
        inset: 1,
      }),
      Plot.ruleX(bounded, { x: middle, y1: "low", y2: "high", stroke: "currentColor", strokeWidth: 1.4 }),
      Plot.ruleY([0], { stroke: "currentColor", strokeOpacity: 0.5 }),
    ],
  });
  return figure(`The teacher's ${metric} on the next item, by reliability of its answer.`, picture);
}

const thirdNames = ["least reliable third", "middle third", "most reliable third"];

/** The teacher's accuracy by reliability among histories of about one length: rising where it is not length alone. */
export function lengthPlot(lengths: NonNullable<Reliability["lengths"]>): Html {
  const name = (from: number, to: number) => (from === to ? `${from} items` : `${from} to ${to} items`);
  const bars = lengths.flatMap(({ from, to, thirds }) =>
    thirds.flatMap((ndcg, n) =>
      ndcg === null ? [] : [{ length: name(from, to), third: thirdNames[n]!, ndcg }],
    ),
  );
  const picture = draw("NDCG@10 of the teacher by reliability, at about one history length", {
    ...size,
    marginBottom: 30,
    fx: { label: null, domain: lengths.map(({ from, to }) => name(from, to)), padding: 0.18 },
    x: { axis: null, domain: thirdNames, padding: 0.12 },
    y: { label: "teacher NDCG@10", grid: true, zero: true, nice: true },
    marks: [
      Plot.barY(bars, {
        fx: "length",
        x: "third",
        y: "ndcg",
        fill: colorOf(0),
        fillOpacity: 0.85,
        title: ({ third, ndcg }: (typeof bars)[number]) => `${third}: ${ndcg.toFixed(4)}`,
      }),
      Plot.ruleY([0], { stroke: "currentColor", strokeOpacity: 0.5 }),
    ],
  });
  return figure(
    "The teacher's NDCG@10 at about one history length: the least, the middle and the most reliable third.",
    picture,
  );
}
