import { describe, expect, it } from "vitest";
import { duration, Lines } from "../../../cli/frame/progress.ts";

function screen() {
  const lines: string[] = [];
  return { lines, write: (text: string) => lines.push(...text.trimEnd().split("\n")) };
}

describe("progress without a terminal", () => {
  it("names the stage at once, tells epochs as lines and keeps quiet between", () => {
    const { lines, ...paper } = screen();
    const progress = new Lines(paper);
    progress.show({ type: "stage", name: "train", total: 20, unit: "epochs" });
    progress.show({ type: "progress", done: 1 });
    progress.show({ type: "epoch", epoch: 1, loss: 5.12345, seconds: 12.3 });
    progress.show({ type: "validation", epoch: 1, metric: "ndcg@10", value: 0.1, best: true, seconds: 0.5 });
    progress.show({ type: "notice", message: "The teacher is slow." });
    const teachers = { mf: { mean: 1.2, head: 1.31, tail: 1 }, gnn: { mean: 3, head: null, tail: 3 } };
    progress.show({ type: "curriculum", epoch: 20, last: 3, teachers, done: true });
    expect(lines).toEqual([
      "train: 20 epochs",
      "epoch 1: loss 5.1235, 12 s",
      "epoch 1: ndcg@10 0.1000 (best so far), 0.5 s",
      "The teacher is slow.",
      "epoch 20: states of 3 (head, tail) mf 1.20 (1.31, 1.00); gnn 3.00 (-, 3.00); finished",
    ]);
  });

  it("reports the rate and the time left when it is time", async () => {
    const { lines, ...paper } = screen();
    const progress = new Lines(paper, 20);
    progress.show({ type: "stage", name: "probe", total: 4000, unit: "queries" });
    await new Promise((done) => setTimeout(done, 40));
    progress.show({ type: "progress", done: 1000, note: "2 retries" });
    progress.show({ type: "progress", done: 1001 });
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^probe: 1,000\/4,000 queries, [\d,]+\/s, 0\.\d s left, 2 retries$/);
  });

  it("counts on where no total is known", async () => {
    const { lines, ...paper } = screen();
    const progress = new Lines(paper, 0);
    progress.show({ type: "stage", name: "import", total: null, unit: "rows" });
    await new Promise((done) => setTimeout(done, 5));
    progress.show({ type: "progress", done: 12 });
    expect(lines[0]).toBe("import");
    expect(lines[1]).toMatch(/^import: 12 rows, [\d,]+\/s, 0\.0 s$/);
  });
});

it.each([
  [0, "0.0 s"],
  [9.94, "9.9 s"],
  [59.4, "59 s"],
  [125, "2 min 05 s"],
  [3725, "1 h 02 min"],
])("%d seconds read %s", (seconds, text) => expect(duration(seconds)).toBe(text));
