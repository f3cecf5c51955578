import { existsSync } from "node:fs";
import { readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { datasetFromLists, writeDataset } from "../../src/dataset/index.ts";
import { Random } from "../../src/random.ts";
import { scratch } from "../unit/scratch.ts";
import { potstill, startNode, main } from "./potstill.ts";

const folder = await scratch();
const data = folder.path("data");
const settings = {
  width: "8",
  blocks: "1",
  maxLength: "8",
  dropout: "0.2",
  epochs: "40",
  patience: "40",
  validateEvery: "2",
  batchSize: "4",
};

beforeAll(async () => {
  const random = new Random(3);
  const histories = Array.from({ length: 40 }, () => random.sample(20, 4 + random.integer(8)));
  await writeDataset(datasetFromLists(histories, { items: 20 }), data);
});

/** The command, with some settings changed. */
const train = (out: string, more: readonly string[] = [], changes: Record<string, string> = {}) => [
  ...["train", "--data", data, "--model", "sasrec", "--out", folder.path(out), "--threads", "1", "--json"],
  ...Object.entries({ ...settings, ...changes }).flatMap(([key, value]) => ["--set", `${key}=${value}`]),
  ...more,
];

interface Result {
  readonly schema: number;
  readonly manifest: { weightsSha256: string; training: Record<string, unknown> };
}

/** Interrupts once a checkpoint is there. */
async function interrupt(out: string, signal: NodeJS.Signals, args = train(out)) {
  const running = startNode([main, ...args]);
  while (!existsSync(join(folder.path(`${out}.checkpoint`), "state.json")))
    await new Promise((done) => setTimeout(done, 20));
  running.kill(signal);
  return running.ended;
}

describe("an interrupted train", () => {
  let straight: Result;
  beforeAll(async () => {
    const { code, stdout, stderr } = await potstill(train("straight"));
    expect(code, stderr).toBe(0);
    straight = JSON.parse(stdout) as Result;
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "by %s saves, exits 130, and goes on to the same weights",
    async (signal) => {
      const { code, stderr } = await interrupt(signal, signal);
      expect(code, stderr).toBe(130);
      expect(stderr).toContain("state saved");
      expect(existsSync(folder.path(signal))).toBe(false);
      const resumed = await potstill(train(signal, ["--resume"]));
      expect(resumed.code, resumed.stderr).toBe(0);
      const { manifest } = JSON.parse(resumed.stdout) as Result;
      expect(manifest.weightsSha256).toBe(straight.manifest.weightsSha256);
      expect(manifest.training["epochs"]).toBe(straight.manifest.training["epochs"]);
      expect(existsSync(folder.path(`${signal}.checkpoint`))).toBe(false);
      const events = await readFile(join(folder.path(signal), "events.jsonl"), "utf8");
      expect(events.match(/"type":"epoch"/g)).toHaveLength(40);
    },
  );

  it("goes on only as the run it was", async () => {
    await interrupt("other", "SIGINT");
    const others = [
      train("other", ["--resume"], { epochs: "41" }),
      train("other", ["--resume", "--seed", "5"]),
    ];
    for (const args of others) {
      const { code, stderr } = await potstill(args);
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /expected a checkpoint of this very run.*got another run's\. Repeat the interrupted command/s,
      );
    }
    await truncate(join(folder.path("other.checkpoint"), "state.safetensors"), 1000);
    const { code, stderr } = await potstill(train("other", ["--resume"]));
    expect(code).toBe(2);
    expect(stderr).toContain("got a damaged state.safetensors. Start without --resume.");
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  it("is alone with its folder while it runs, and killed at once does not stand in its own way", async () => {
    const running = startNode([main, ...train("killed")]);
    while (!existsSync(join(folder.path("killed.checkpoint"), "state.json")))
      await new Promise((done) => setTimeout(done, 20));
    running.kill("SIGSTOP"); // it is there, and does not end meanwhile
    const second = await potstill(train("killed"));
    expect([second.code, second.stderr]).toEqual([
      2,
      expect.stringMatching(/killed: expected nobody else to write it now, got process \d+, which does/),
    ]);
    running.kill("SIGKILL");
    await running.ended;
    const resumed = await potstill(train("killed", ["--resume"]));
    expect(resumed.code, resumed.stderr).toBe(0);
    const { manifest } = JSON.parse(resumed.stdout) as Result;
    expect(manifest.weightsSha256).toBe(straight.manifest.weightsSha256);
    expect(existsSync(folder.path("killed.lock"))).toBe(false);
  });

  it("that was never begun cannot go on", async () => {
    const { code, stderr } = await potstill(train("never", ["--resume"]));
    expect(code).toBe(2);
    expect(stderr).toContain("Start without --resume.");
  });
});

it("gives the same weights on more threads, interrupted or not, and ends", async () => {
  const whole = { batchSize: "40" }; // large enough for parts
  const on = (threads: string, more: readonly string[] = []) =>
    train(`threads-${threads}`, ["--threads", threads, ...more], whole);
  const stopped = await interrupt("threads-2", "SIGINT", on("2"));
  expect(stopped.code, stopped.stderr).toBe(130);
  const hashes = [];
  for (const args of [on("1"), on("2", ["--resume"]), on("3")]) {
    const { code, stdout, stderr } = await potstill(args);
    expect(code, stderr).toBe(0);
    hashes.push((JSON.parse(stdout) as Result).manifest.weightsSha256);
  }
  expect(new Set(hashes).size).toBe(1);
});

describe("bad settings", () => {
  const wrong = [
    ["widht", "8", /sasrec option widht: expected one of .*, got .*\. Did you mean width\?/s],
    ["width", "0", /sasrec option width: expected/],
    ["loss", "cee", /sasrec option loss: expected/],
    ["blocks", "1000000", /sasrec option blocks: expected/],
    ["metric", "ndgc@10", /metric: expected one of .*ndcg@10/],
    ["metric", "gini@10", /metric: expected one of .*ndcg@10/], // less is better
  ] as const;
  it.each(wrong)("%s=%s is said, and nothing is written", async (key, value, message) => {
    const { code, stderr } = await potstill(train("bad", [], { [key]: value }));
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(existsSync(folder.path("bad"))).toBe(false);
  });
});
