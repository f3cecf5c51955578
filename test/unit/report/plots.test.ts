import { expect, it } from "vitest";
import type { RunEvent } from "../../../src/events.ts";
import { lossPlot } from "../../../src/report/plots.ts";

it.each([
  [
    [1, 2],
    ["1", "2"],
  ],
  [
    [3, 4, 5, 6],
    ["3", "4", "5", "6"],
  ],
  [[7], ["6", "7"]],
])("epochs %j have each tick once", (epochs, expected) => {
  const events = epochs.map((epoch): RunEvent => ({ type: "epoch", epoch, loss: 1, seconds: 1 }));
  const picture = lossPlot(events)!.text;
  const axis = /aria-label="x-axis tick label"[^>]*>(.*?)<\/g>/s.exec(picture)![1]!;
  const labels = [...axis.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
  expect(labels).toEqual(expected);
});
