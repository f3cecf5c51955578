import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { row } from "../../../src/dataset/index.ts";
import type { RunEvent } from "../../../src/events.ts";
import { consistency } from "../../../src/methods/index.ts";
import { historyOf, openListSignal } from "../../../src/signals/index.ts";
import { listFor, type Behaviour } from "../../simulated/teacher.ts";
import { again, at, dataset, fine, freshForEveryTest, probeWith, type Behave } from "./probing.ts";

freshForEveryTest();

const once =
  (what: Behaviour): Behave =>
  (n) =>
    n === 3 ? what : "ok";
describe("a probe of a teacher that works", () => {
  test("writes every full history and view with its list and scores", async () => {
    const manifest = await probeWith(fine);
    expect(manifest.counts).toMatchObject({ planned: 24, paid: 24, cached: 0, failed: 0, retries: 0 });
    expect(manifest.teacher).toMatchObject({ name: "potstill", version: "v1", scores: "ids+score" });
    const signal = await openListSignal(at.folder.path, dataset);
    expect(signal.user).toHaveLength(24);
    expect(signal.owned).toHaveLength(12);
    for (let q = 0; q < signal.user.length; q++) {
      const history = row(dataset.train, signal.user[q]!).subarray(signal.start[q], signal.end[q]);
      const expected = listFor(Array.from(history, String), 5, 50);
      expect(Array.from(row(signal.lists, q), String)).toEqual(expected);
    }
    expect([...signal.scores!.subarray(0, 3)]).toEqual([1, 0.5, Math.fround(1 / 3)]);
    expect(readdirSync(at.folder.path).sort()).toEqual(["ledger.duckdb", "lists.parquet", "manifest.json"]);
  });

  test("asks nothing twice: a second run costs nothing and gives the same signal", async () => {
    const first = await probeWith(fine);
    const second = await again(at.server!);
    expect(second.counts).toMatchObject({ planned: 24, paid: 24, cached: 24 });
    expect(second.hash).toBe(first.hash);
    expect(at.server!.total()).toBe(24);
  });

  test("a raised budget pays only for what is new", async () => {
    await probeWith(fine, { budget: 24 });
    const more = await again(at.server!, { budget: 30 });
    expect(more.counts).toMatchObject({ planned: 30, paid: 30, cached: 24 });
    expect(Math.max(...at.server!.asked.values())).toBe(1);
  });

  test("a budget that is spent leaves a usable signal and says what is left", async () => {
    const manifest = await probeWith(fine, { budget: 9 });
    expect(manifest.counts).toMatchObject({ paid: 8, left: 16 }); // four users, each with its view
    expect((await openListSignal(at.folder.path, dataset)).user).toHaveLength(8);
  });

  test.each([{ k: 6 }, { seed: 9 }])(
    "a budget spent on other questions is what is named: %j",
    async (other) => {
      await probeWith(fine, { budget: 2 });
      await expect(again(at.server!, { budget: 2, ...other })).rejects.toMatchObject({
        code: "budget",
        message: `--budget: expected more than the 2 answers that are spent (over all runs in ${at.folder.path}), got 2. Raise it, or ask again what those runs asked.`,
      });
      expect(at.server!.total()).toBe(2);
    },
  );

  test("ids only: no scores in the signal", async () => {
    const manifest = await probeWith(() => "ids-only");
    expect(manifest.teacher.scores).toBe("ids");
    expect((await openListSignal(at.folder.path, dataset)).scores).toBeNull();
  });

  test("keeps to the concurrency and the rate", async () => {
    await probeWith(fine, { concurrency: 3, qps: 100 }, 5);
    expect(at.server!.busiest()).toBeLessThanOrEqual(3);
    const seconds = (at.server!.times.at(-1)! - at.server!.times[0]!) / 1000;
    expect(seconds).toBeGreaterThan(0.1); // 24 queries at 100/s, less the slack of a tenth of a second
  });

  test("tells how far it is", async () => {
    const events: RunEvent[] = [];
    await probeWith(fine, {}, 0, (event) => events.push(event));
    expect(events[0]).toEqual({ type: "stage", name: "probe", total: 24, unit: "queries" });
    expect(events.at(-1)).toMatchObject({ type: "progress", done: 24 });
  });

  test("refuses a list longer than the teacher gives before asking", async () => {
    await expect(probeWith(fine, { k: 1001 })).rejects.toThrow(/expected at most 1000, .* got 1001/);
    expect(at.server!.total()).toBe(0);
  });
});

describe("a teacher that is busy or stumbles", () => {
  test.each(["busy-seconds", "error", "hang-up"] as const)("%s: asks again", async (what) => {
    const manifest = await probeWith(once(what));
    expect(manifest.counts).toMatchObject({ paid: 24, failed: 0, retries: 1 });
  });

  test("hang: gives up the call after its time and asks again", async () => {
    const manifest = await probeWith(once("hang"), { timeoutMs: 500 });
    expect(manifest.counts).toMatchObject({ paid: 24, failed: 0, retries: 1 });
  });

  test("Retry-After as a date: nobody asks before", async () => {
    await probeWith(once("busy-date"), { concurrency: 1 });
    expect(at.server!.times[4]! - at.server!.times[3]!).toBeGreaterThan(990);
  });

  test("Retry-After of hours: stops and says when to come back", async () => {
    await expect(probeWith(once("busy-hours"))).rejects.toMatchObject({ code: "unavailable" });
    await expect(again(at.server!)).resolves.toMatchObject({ counts: { paid: 24 } });
  });

  test("one query that never works is recorded with its reason; its views go with it", async () => {
    const full = Array.from(row(dataset.train, 2), String).join();
    const manifest = await probeWith((_, history) => (history.join() === full ? "error" : "ok"));
    expect(manifest.counts).toMatchObject({ paid: 23, failed: 1, retries: 3, reasons: { "HTTP 500": 1 } });
    const signal = await openListSignal(at.folder.path, dataset);
    expect(signal.user).toHaveLength(22);
    expect(signal.user).not.toContain(2);
    await again(at.server!); // what failed unpaid is asked again
    expect(at.server!.asked.get(full)).toBe(8);
  });

  test("goes down midway: stops, says how to resume, and resumes without asking again", async () => {
    let down = true;
    await expect(probeWith((n) => (down && n >= 10 ? "error" : "ok"))).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("Run the same command again") as unknown,
    });
    expect(existsSync(join(at.folder.path, "manifest.json"))).toBe(false);
    expect(at.server!.answered.size).toBe(10);
    down = false;
    const manifest = await again(at.server!);
    expect(manifest.counts).toMatchObject({ paid: 24, cached: 10, failed: 0 });
    expect(Math.max(...at.server!.answered.values())).toBe(1);
  });

  test("every query fails from the start: stops early with the reason", async () => {
    const run = probeWith(() => "refuse", { budget: 24 });
    await expect(run).rejects.toMatchObject({
      code: "input",
      message: expect.stringContaining("HTTP 404") as unknown,
    });
    expect(at.server!.total()).toBeLessThanOrEqual(3 + 4);
  });

  test("the key expires midway: stops instead of failing the rest one by one", async () => {
    await expect(probeWith((n) => (n < 8 ? "ok" : "deny"))).rejects.toMatchObject({
      code: "input",
      message: expect.stringContaining("HTTP 401") as unknown,
    });
    expect(at.server!.total()).toBeLessThan(24);
  });

  test("refuses some queries after it has answered: goes on and counts them", async () => {
    const manifest = await probeWith((n) => (n < 8 ? "ok" : "refuse"));
    expect(manifest.counts).toMatchObject({ paid: 8, failed: 16, reasons: { "HTTP 404": 16 } });
  });

  test("retrained midway: stops, because answers of two models must not be mixed", async () => {
    await expect(probeWith((n) => (n < 10 ? "ok" : "retrained"))).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("expected version v1") as unknown,
    });
  });

  test("nobody there: unavailable", async () => {
    await probeWith(fine);
    await at.server!.close();
    const gone = again(at.server!, { k: 4 });
    await expect(gone).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/no connection \(ECONNREFUSED\).*Run the same command again/) as unknown,
    });
  });
});

test("never writes into a folder that holds something else", async () => {
  mkdirSync(at.folder.path, { recursive: true });
  writeFileSync(join(at.folder.path, "model.onnx"), "kept");
  await expect(probeWith(fine)).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining("got a bundle") as unknown,
  });
  expect(readdirSync(at.folder.path)).toEqual(["model.onnx"]);
});

describe("bad answers", () => {
  test.each([
    ["not-json", { badAnswers: 1, failed: 1, reasons: { "not JSON": 1 } }],
    ["wrong-types", { badAnswers: 1, failed: 1, reasons: { "ids of a wrong type": 1 } }],
    ["no-list", { badAnswers: 1, failed: 1, reasons: { "no list of ids": 1 } }],
    [
      "empty",
      { badAnswers: 1, failed: 1, shortLists: 1, reasons: { "no known, unseen item in the list": 1 } },
    ],
    ["only-unknown", { badAnswers: 1, failed: 1, unknownIds: 2 }],
    ["unknown-ids", { badAnswers: 0, failed: 0, unknownIds: 1, shortLists: 1 }],
    ["duplicates", { badAnswers: 0, failed: 0, duplicateIds: 1, shortLists: 1 }],
    ["short", { badAnswers: 0, failed: 0, shortLists: 1 }],
    ["only-seen", { badAnswers: 1, failed: 1, reasons: { "no known, unseen item in the list": 1 } }],
  ] as const)("%s is counted and paid once", async (what, expected) => {
    const manifest = await probeWith(once(what));
    expect(manifest.counts).toMatchObject({ paid: 24, ...expected });
    await again(at.server!);
    expect(at.server!.total()).toBe(24);
  });

  test("what was shown is no recommendation: dropped and counted", async () => {
    const manifest = await probeWith(() => "seen-first");
    expect(manifest.counts.seenIds).toBe(24);
    const signal = await openListSignal(at.folder.path, dataset);
    signal.user.forEach((_, q) => {
      const history = historyOf(signal, dataset.train, q);
      expect(row(signal.lists, q).some((item) => history.includes(item))).toBe(false);
    });
  });

  test.each([
    ["one list in two", 2, ["Warning: 10.0 % of the teacher's ids (12 of 120) are no items of this data"]],
    ["one list in four", 4, []],
  ])("unknown ids are a warning where they are many: in %s", async (_, every, wanted) => {
    const told: string[] = [];
    const behave: Behave = (n) => (n % every === 0 ? "unknown-ids" : "ok");
    await probeWith(behave, {}, 0, (event) => event.type === "notice" && told.push(event.message));
    expect(told.map((message) => message.split(",")[0])).toEqual(wanted);
  });

  test("a list cut shorter than asked is kept at the length received", async () => {
    const manifest = await probeWith(() => "short");
    expect(manifest.counts.shortLists).toBe(24);
    const signal = await openListSignal(at.folder.path, dataset);
    expect(signal.lists.offsets[1]).toBe(2);
  });

  test("nothing but bad answers: no signal", async () => {
    await expect(probeWith(() => "only-unknown", { budget: 24 })).rejects.toMatchObject({ code: "input" });
    expect(readdirSync(at.folder.path)).toEqual(["ledger.duckdb"]);
  });
});

describe("interrupted", () => {
  test("finishes what is under way, keeps it, and goes on later", async () => {
    const stop = new AbortController();
    const behave: Behave = (n) => {
      if (n === 9) stop.abort();
      return "ok";
    };
    const run = probeWith(behave, { signal: stop.signal, concurrency: 2 }, 5);
    await expect(run).rejects.toMatchObject({ code: "interrupted" });
    const paid = at.server!.answered.size;
    expect(paid).toBeGreaterThanOrEqual(10);
    const manifest = await again(at.server!);
    expect(manifest.counts).toMatchObject({ paid: 24, cached: paid });
    expect(Math.max(...at.server!.asked.values())).toBe(1);
  });

  test("the signal of other data is not replaced", async () => {
    await probeWith(fine);
    const other = { ...dataset, manifest: { ...dataset.manifest, hash: "f".repeat(64) } };
    await expect(again(at.server!, { dataset: other })).rejects.toThrow(
      /expected a folder of its own for these data, got the signal of other data/,
    );
    expect((await openListSignal(at.folder.path, dataset)).user).toHaveLength(24);
  });

  test("two probes cannot share a folder", async () => {
    const first = probeWith(fine, { concurrency: 1 }, 30);
    while (at.server === undefined || at.server.total() === 0)
      await new Promise((done) => setTimeout(done, 2));
    await expect(again(at.server)).rejects.toMatchObject({ code: "conflict" });
    await first;
  });
});

describe("a pilot", () => {
  test("says so in its manifest, and its answers are not paid again by the full probe", async () => {
    const pilot = await probeWith(fine, { pilot: 3 });
    expect(pilot.users).toMatchObject({ count: 12, pilot: 3 });
    expect(pilot.counts).toMatchObject({ planned: 9, paid: 9 });
    expect((await openListSignal(at.folder.path, dataset)).user).toHaveLength(6);
    const full = await again(at.server!);
    expect(full.users).not.toHaveProperty("pilot");
    expect(full.counts).toMatchObject({ planned: 24, paid: 27, cached: 6 });
    expect(full).not.toHaveProperty("shuffled");
    expect(at.server!.total()).toBe(27);
  });

  test("keeps the answers to shuffled histories apart from those that are learned from", async () => {
    const { shuffled } = await probeWith(fine, { pilot: 3 });
    expect(shuffled).toBe(3);
    const signal = await openListSignal(at.folder.path, dataset);
    expect(new Set(signal.view)).toEqual(new Set(["full", "suffix"]));
    expect(signal.lists.offsets).toHaveLength(7);
    expect(signal.scores).toHaveLength(signal.lists.items.length);
    signal.user.forEach((user, q) => {
      const history = row(dataset.train, user).subarray(signal.start[q], signal.end[q]);
      expect(historyOf(signal, dataset.train, q)).toEqual(history);
    });
    expect(Array.from(signal.shuffled!.base, (q) => signal.view[q])).toEqual(["full", "full", "full"]);
    const orders = [...at.server!.asked.keys()].map((key) => key.split(","));
    signal.shuffled!.base.forEach((q, n) => {
      const history = Array.from(historyOf(signal, dataset.train, q), String);
      const inAnyOrder = orders.filter((asked) => asked.toSorted().join() === history.toSorted().join());
      expect(inAnyOrder).toHaveLength(2);
      const other = inAnyOrder.find((asked) => asked.join() !== history.join())!;
      const expected = listFor(other, 5, 50).filter((id) => !history.includes(id));
      expect(Array.from(row(signal.shuffled!.lists, n), String)).toEqual(expected);
    });
  });

  test("is as consistent as the full probe says: what was shuffled is no view", async () => {
    const consistencies = async (): Promise<[number, number][]> => {
      const signal = await openListSignal(at.folder.path, dataset);
      const c = consistency(signal, { depth: 20, persistence: 0.9 }, dataset.train);
      return Array.from(signal.user, (user, q) => [user, c[q]!] as [number, number]).filter(
        ([, c]) => c >= 0,
      );
    };
    await probeWith(fine, { pilot: 3 });
    const pilot = await consistencies();
    expect(pilot).toHaveLength(3);
    await again(at.server!);
    expect(await consistencies()).toEqual(expect.arrayContaining(pilot));
  });

  test("never takes the place of a full probe", async () => {
    await probeWith(fine);
    await expect(again(at.server!, { pilot: 3 })).rejects.toThrow(
      /expected a folder of its own for a pilot, got the signal of a full probe\. Choose another --out\.$/,
    );
    expect(at.server!.total()).toBe(24);
  });
});
