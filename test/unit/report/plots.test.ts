import { expect, it } from "vitest";
import type { RunEvent } from "../../../src/events.ts";
import { curriculumPlot, lossPlot } from "../../../src/report/plots.ts";

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

it("shows how far teachers have come, a line each, and where they ended by groups of users", () => {
  const at = (epoch: number, a: number, b: number): RunEvent => ({
    type: "curriculum",
    epoch,
    last: 3,
    teachers: { mf: { mean: a, head: a, tail: null }, lightgcn: { mean: b, head: b, tail: b / 2 } },
    done: false,
  });
  const picture = curriculumPlot([at(10, 0, 0), at(20, 0.5, 1), at(30, 3, 2)])!.text;
  expect(picture.match(/aria-label="line"[^>]*>(.*?)<\/g>/s)![1]!.match(/<path/g)).toHaveLength(2);
  expect(picture).toContain("After epoch 30: mf 3.00 (head 3.00); lightgcn 2.00 (head 2.00, tail 1.00).");
  for (const name of ["mf", "lightgcn"]) expect(picture).toContain(`>${name}</text>`);
  expect(curriculumPlot([])).toBeNull();
});
