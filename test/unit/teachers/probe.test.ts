import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { row } from "../../../src/dataset/index.ts";
import { drive, type RunEvent } from "../../../src/events.ts";
import { consistency } from "../../../src/methods/index.ts";
import { openListSignal, type ListSignalManifest } from "../../../src/signals/index.ts";
import { probe, type ProbeOptions } from "../../../src/teachers/index.ts";
import { listFor, simulatedTeacher, type Behaviour, type SimulatedTeacher } from "../../simulated/teacher.ts";
import { freshFolder, potstillAt, probeOptions, shop } from "./shop.ts";

const dataset = shop(12, 6);
let folder: ReturnType<typeof freshFolder>;
let server: SimulatedTeacher | undefined;

beforeEach(() => (folder = freshFolder()));
afterEach(async () => {
  folder.remove();
  await server?.close();
  server = undefined;
});

type Behave = (n: number, history: readonly string[]) => Behaviour;

/** Probes a server that behaves so; every test has its own folder. */
async function probeWith(
  behave: Behave,
  changes: Partial<ProbeOptions> = {},
  delayMs = 0,
  listen: (event: RunEvent) => void = () => undefined,
): Promise<ListSignalManifest> {
  await server?.close();
  server = await simulatedTeacher(50, behave, delayMs);
  return again(server, changes, listen);
}

async function again(
  at: SimulatedTeacher,
  changes: Partial<ProbeOptions> = {},
  listen: (event: RunEvent) => void = () => undefined,
): Promise<ListSignalManifest> {
  const teacher = await potstillAt(at.url);
  try {
    return await drive(probe(probeOptions(dataset, teacher, folder.path, changes)), listen);
  } finally {
    await teacher.close();
  }
}

const fine: Behave = () => "ok";
const once =
  (what: Behaviour): Behave =>
  (n) =>
    n === 3 ? what : "ok";

describe("a probe of a teacher that works", () => {
  test("writes every full history and view with its list and scores", async () => {
    const manifest = await probeWith(fine);
    expect(manifest.counts).toMatchObject({ planned: 24, paid: 24, cached: 0, failed: 0, retries: 0 });
    expect(manifest.teacher).toMatchObject({ name: "potstill", version: "v1", scores: "ids+score" });
    const signal = await openListSignal(folder.path, dataset);
    expect(signal.user).toHaveLength(24);
    expect(signal.owned).toHaveLength(12);
    for (let q = 0; q < signal.user.length; q++) {
      const history = row(dataset.train, signal.user[q]!).subarray(signal.start[q], signal.end[q]);
      const expected = listFor(Array.from(history, String), 5, 50);
      expect(Array.from(row(signal.lists, q), String)).toEqual(expected);
    }
    expect([...signal.scores!.subarray(0, 3)]).toEqual([1, 0.5, Math.fround(1 / 3)]);
    expect(readdirSync(folder.path).sort()).toEqual(["ledger.duckdb", "lists.parquet", "manifest.json"]);
  });

  test("asks nothing twice: a second run costs nothing and gives the same signal", async () => {
    const first = await probeWith(fine);
    const second = await again(server!);
    expect(second.counts).toMatchObject({ planned: 24, paid: 24, cached: 24 });
    expect(second.hash).toBe(first.hash);
    expect(server!.total()).toBe(24);
  });

  test("a raised budget pays only for what is new", async () => {
    await probeWith(fine, { budget: 24 });
    const more = await again(server!, { budget: 30 });
    expect(more.counts).toMatchObject({ planned: 30, paid: 30, cached: 24 });
    expect(Math.max(...server!.asked.values())).toBe(1);
  });

  test("a budget that is spent leaves a usable signal and says what is left", async () => {
    const manifest = await probeWith(fine, { budget: 9 });
    expect(manifest.counts).toMatchObject({ paid: 8, left: 16 }); // four users, each with its view
    expect((await openListSignal(folder.path, dataset)).user).toHaveLength(8);
  });

  test("ids only: no scores in the signal", async () => {
    const manifest = await probeWith(() => "ids-only");
    expect(manifest.teacher.scores).toBe("ids");
    expect((await openListSignal(folder.path, dataset)).scores).toBeNull();
  });

  test("keeps to the concurrency and the rate", async () => {
    await probeWith(fine, { concurrency: 3, qps: 100 }, 5);
    expect(server!.busiest()).toBeLessThanOrEqual(3);
    const seconds = (server!.times.at(-1)! - server!.times[0]!) / 1000;
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
    expect(server!.total()).toBe(0);
  });
});

describe("a teacher that is busy or stumbles", () => {
  test.each(["busy-seconds", "error", "hang-up"] as const)("%s: asks again", async (what) => {
    const manifest = await probeWith(once(what));
    expect(manifest.counts).toMatchObject({ paid: 24, failed: 0, retries: 1 });
  });

  test("hang: gives up the call after its time and asks again", async () => {
    const manifest = await probeWith(once("hang"), { timeoutMs: 100 });
    expect(manifest.counts).toMatchObject({ paid: 24, failed: 0, retries: 1 });
  });

  test("Retry-After as a date: nobody asks before", async () => {
    await probeWith(once("busy-date"), { concurrency: 1 });
    expect(server!.times[4]! - server!.times[3]!).toBeGreaterThan(990);
  });

  test("Retry-After of hours: stops and says when to come back", async () => {
    await expect(probeWith(once("busy-hours"))).rejects.toMatchObject({ code: "unavailable" });
    await expect(again(server!)).resolves.toMatchObject({ counts: { paid: 24 } });
  });

  test("one query that never works is recorded with its reason; its views go with it", async () => {
    const full = Array.from(row(dataset.train, 2), String).join();
    const manifest = await probeWith((_, history) => (history.join() === full ? "error" : "ok"));
    expect(manifest.counts).toMatchObject({ paid: 23, failed: 1, retries: 3, reasons: { "HTTP 500": 1 } });
    const signal = await openListSignal(folder.path, dataset);
    expect(signal.user).toHaveLength(22);
    expect(signal.user).not.toContain(2);
    await again(server!); // what failed unpaid is asked again
    expect(server!.asked.get(full)).toBe(8);
  });

  test("goes down midway: stops, says how to resume, and resumes without asking again", async () => {
    let down = true;
    await expect(probeWith((n) => (down && n >= 10 ? "error" : "ok"))).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("Run the same command again") as unknown,
    });
    expect(existsSync(join(folder.path, "manifest.json"))).toBe(false);
    expect(server!.answered.size).toBe(10);
    down = false;
    const manifest = await again(server!);
    expect(manifest.counts).toMatchObject({ paid: 24, cached: 10, failed: 0 });
    expect(Math.max(...server!.answered.values())).toBe(1);
  });

  test("every query fails from the start: stops early with the reason", async () => {
    const run = probeWith(() => "refuse", { budget: 24 });
    await expect(run).rejects.toMatchObject({
      code: "input",
      message: expect.stringContaining("HTTP 404") as unknown,
    });
    expect(server!.total()).toBeLessThanOrEqual(3 + 4);
  });

  test("the key expires midway: stops instead of failing the rest one by one", async () => {
    await expect(probeWith((n) => (n < 8 ? "ok" : "deny"))).rejects.toMatchObject({
      code: "input",
      message: expect.stringContaining("HTTP 401") as unknown,
    });
    expect(server!.total()).toBeLessThan(24);
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
    await server!.close();
    const gone = again(server!, { k: 4 });
    await expect(gone).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/no connection \(ECONNREFUSED\).*Run the same command again/) as unknown,
    });
  });
});

describe("bad answers", () => {
  test.each([
    ["not-json", { badAnswers: 1, failed: 1, reasons: { "not JSON": 1 } }],
    ["wrong-types", { badAnswers: 1, failed: 1, reasons: { "ids of a wrong type": 1 } }],
    ["no-list", { badAnswers: 1, failed: 1, reasons: { "no list of ids": 1 } }],
    ["empty", { badAnswers: 1, failed: 1, shortLists: 1, reasons: { "no known item in the list": 1 } }],
    ["only-unknown", { badAnswers: 1, failed: 1, unknownIds: 2 }],
    ["unknown-ids", { badAnswers: 0, failed: 0, unknownIds: 1 }],
    ["duplicates", { badAnswers: 0, failed: 0, duplicateIds: 1 }],
    ["short", { badAnswers: 0, failed: 0, shortLists: 1 }],
  ] as const)("%s is counted and paid once", async (what, expected) => {
    const manifest = await probeWith(once(what));
    expect(manifest.counts).toMatchObject({ paid: 24, ...expected });
    await again(server!);
    expect(server!.total()).toBe(24);
  });

  test("a list cut shorter than asked is kept at the length received", async () => {
    const manifest = await probeWith(() => "short");
    expect(manifest.counts.shortLists).toBe(24);
    const signal = await openListSignal(folder.path, dataset);
    expect(signal.lists.offsets[1]).toBe(2);
  });

  test("nothing but bad answers: no signal", async () => {
    await expect(probeWith(() => "only-unknown", { budget: 24 })).rejects.toMatchObject({ code: "input" });
    expect(readdirSync(folder.path)).toEqual(["ledger.duckdb"]);
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
    const paid = server!.answered.size;
    expect(paid).toBeGreaterThanOrEqual(10);
    const manifest = await again(server!);
    expect(manifest.counts).toMatchObject({ paid: 24, cached: paid });
    expect(Math.max(...server!.asked.values())).toBe(1);
  });

  test("two probes cannot share a folder", async () => {
    const first = probeWith(fine, { concurrency: 1 }, 30);
    while (server === undefined || server.total() === 0) await new Promise((done) => setTimeout(done, 2));
    await expect(again(server)).rejects.toMatchObject({ code: "conflict" });
    await first;
  });
});

describe("a pilot", () => {
  test("says so in its manifest, and its answers are not paid again by the full probe", async () => {
    const pilot = await probeWith(fine, { pilot: 3 });
    expect(pilot.users).toMatchObject({ count: 12, pilot: 3 });
    expect(pilot.counts).toMatchObject({ planned: 6, paid: 6 });
    expect((await openListSignal(folder.path, dataset)).user).toHaveLength(6);
    const full = await again(server!);
    expect(full.users).not.toHaveProperty("pilot");
    expect(full.counts).toMatchObject({ planned: 24, paid: 24, cached: 6 });
    expect(server!.total()).toBe(24);
  });

  test("never takes the place of a full probe", async () => {
    await probeWith(fine);
    await expect(again(server!, { pilot: 3 })).rejects.toThrow(
      /expected a folder of its own for a pilot, got the signal of a full probe\. Choose another --out\.$/,
    );
    expect(server!.total()).toBe(24);
  });
});

describe("invented queries", () => {
  const blind = { scales: [], budget: 42, maxLength: 8 } as const; // five histories of 8 items, one of 2
  const shown = async (): Promise<number[][]> => {
    const { histories, user } = await openListSignal(folder.path, dataset);
    return Array.from(user, (_, q) => Array.from(row(histories!, q)));
  };

  test.each(["random", "autoregressive"] as const)("%s: every prefix with its list", async (queries) => {
    const manifest = await probeWith(fine, { ...blind, queries });
    expect(manifest.queries).toEqual({ kind: queries, seed: 0, maxLength: 8 });
    expect(manifest.counts).toMatchObject({ paid: server!.total(), cached: 0, failed: 0 });
    expect(server!.total()).toBeLessThanOrEqual(42);
    const signal = await openListSignal(folder.path, dataset);
    expect(signal.user).toHaveLength(42);
    (await shown()).forEach((history, q) => {
      expect(history).toHaveLength(signal.end[q]!);
      const expected = listFor(history.map(String), 5, 50);
      expect(Array.from(row(signal.lists, q), String)).toEqual(expected);
    });
    const second = await again(server!, { ...blind, queries });
    expect(second.hash).toBe(manifest.hash);
    expect(Math.max(...server!.asked.values())).toBe(1);
  });

  test("autoregressive: every next item is one of the list before; random: seldom", async () => {
    const share = async (queries: "random" | "autoregressive") => {
      await probeWith(fine, { ...blind, budget: 200, queries });
      const next = (await shown()).filter(({ length }) => length > 1);
      const listed = next.filter((h) =>
        listFor(h.slice(0, -1).map(String), 5, 50).includes(String(h.at(-1))),
      );
      folder.remove();
      folder = freshFolder();
      return listed.length / next.length;
    };
    expect(await share("autoregressive")).toBe(1);
    expect(await share("random")).toBeLessThan(0.3);
  });

  test("autoregressive: down midway, it resumes and asks nothing twice; a raised budget goes on", async () => {
    let down = true;
    const run = { ...blind, queries: "autoregressive" } as const;
    await expect(probeWith((n) => (down && n >= 20 ? "error" : "ok"), run)).rejects.toMatchObject({
      code: "unavailable",
    });
    expect(server!.answered.size).toBe(20);
    down = false;
    const manifest = await again(server!, run);
    expect(manifest.counts).toMatchObject({ cached: 20, failed: 0 });
    const histories = (await shown()).map(String);
    expect((await again(server!, { ...run, budget: 60 })).counts.paid).toBeGreaterThan(manifest.counts.paid);
    expect((await shown()).map(String)).toEqual(expect.arrayContaining(histories));
    expect(Math.max(...server!.answered.values())).toBe(1);
  });

  test("autoregressive: interrupted between rounds, it says so and goes on", async () => {
    const stop = new AbortController();
    const run = { ...blind, queries: "autoregressive" } as const;
    const behave: Behave = (n) => {
      if (n === 9) stop.abort();
      return "ok";
    };
    await expect(probeWith(behave, { ...run, signal: stop.signal }, 5)).rejects.toMatchObject({
      code: "interrupted",
    });
    const paid = server!.answered.size;
    expect((await again(server!, run)).counts).toMatchObject({ cached: paid });
    expect(Math.max(...server!.asked.values())).toBe(1);
  });

  test("autoregressive: a history without an answer ends, and goes on when there is one", async () => {
    let bad = true;
    const run = { ...blind, budget: 16, queries: "autoregressive" } as const;
    const first = await probeWith((_, history) => (bad && history.length === 3 ? "refuse" : "ok"), run);
    expect(first.counts).toMatchObject({ failed: 2, paid: 4 });
    expect(Math.max(...(await shown()).map(({ length }) => length))).toBe(2);
    bad = false;
    const second = await again(server!, run);
    expect(second.counts).toMatchObject({ failed: 0, paid: 16, cached: 4 });
  });

  test("autoregressive: what another probe has paid leaves less", async () => {
    await probeWith(fine, { budget: 24 });
    const manifest = await again(server!, { ...blind, budget: 32, queries: "autoregressive" });
    expect(manifest.counts).toMatchObject({ paid: 32, left: 24 });
    expect((await shown()).length).toBe(8);
  });

  test("autoregressive: the next item is one that is known", async () => {
    await probeWith(() => "unknown-ids", { ...blind, queries: "autoregressive" });
    const next = (await shown()).filter(({ length }) => length > 1);
    for (const h of next)
      expect(listFor(h.slice(0, -1).map(String), 5, 50).slice(1)).toContain(String(h.at(-1)));
  });

  test("want a budget", async () => {
    await expect(probeWith(fine, { ...blind, budget: null, queries: "random" })).rejects.toThrow(
      /--budget: expected a number of answers, for there is no end to random histories/,
    );
  });
});

describe("random-drop views", () => {
  const drop = { views: "drop", scales: [0.25, 0.5] } as const;

  test("are asked as they are and come back with their items; suffixes need none", async () => {
    const manifest = await probeWith(fine, drop);
    expect(manifest.views).toBe("drop");
    expect(manifest.counts).toMatchObject({ paid: server!.total(), failed: 0 });
    const signal = await openListSignal(folder.path, dataset);
    expect(signal.view.filter((view) => view === "drop")).toHaveLength(24);
    const asked = Array.from(signal.user, (_, q) => row(signal.histories!, q).join());
    expect(new Set(asked)).toEqual(new Set(server!.asked.keys()));
    expect((await again(server!, drop)).hash).toBe(manifest.hash);
    expect(Math.max(...server!.asked.values())).toBe(1);
    expect(await again(server!, { scales: drop.scales })).not.toHaveProperty("views");
    expect(await openListSignal(folder.path, dataset)).not.toHaveProperty("histories");
  });

  test("give BAHSD its consistency: 1 for a teacher that looks at the newest item alone", async () => {
    await probeWith(fine, drop);
    const signal = await openListSignal(folder.path, dataset);
    const c = consistency(signal, { depth: 5, persistence: 0.9 });
    signal.base.forEach((base, q) => {
      if (base >= 0) expect(c[q]).toBeNaN();
      else expect(c[q]).toBeCloseTo(1, 12);
    });
  });

  test("go with a history that has no answer, and belong to theirs", async () => {
    const full = Array.from(row(dataset.train, 2), String).join();
    await probeWith((_, history) => (history.join() === full ? "refuse" : "ok"), drop);
    const signal = await openListSignal(folder.path, dataset);
    expect(signal.user).not.toContain(2);
    signal.base.forEach((base, q) => {
      if (base < 0) return;
      expect(signal.user[base]).toBe(signal.user[q]);
      expect(row(signal.histories!, base).at(-1)).toBe(row(signal.histories!, q).at(-1));
    });
  });
});
