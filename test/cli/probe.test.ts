import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openDataset, writeDataset, type Dataset } from "../../src/dataset/index.ts";
import { openListSignal } from "../../src/signals/index.ts";
import { simulatedTeacher, type SimulatedTeacher } from "../simulated/teacher.ts";
import { freshFolder, shop } from "../unit/teachers/shop.ts";
import { main, potstill, startNode } from "./potstill.ts";

const users = 100;
const concurrency = 4;
const home = freshFolder();
const data = `${home.path}-data`;
let dataset: Dataset;
let server: SimulatedTeacher | undefined;

beforeAll(async () => {
  await writeDataset(shop(users, 6), data);
  dataset = await openDataset(data);
});
afterEach(() => server?.close());
afterAll(() => home.remove());

/** The arguments of a probe of 200 queries into a folder of its own. */
function probeArgs(out: string, ...more: string[]): string[] {
  const common = ["--data", data, "--out", out, "-k", "5", "--scales", ".5"];
  return ["probe", "--teacher", server!.url, ...common, "--concurrency", String(concurrency), ...more];
}

const until = async (true_: () => boolean): Promise<void> => {
  while (!true_()) await new Promise((done) => setTimeout(done, 2));
};

describe("potstill probe", () => {
  test("killed at once and started again, it asks no answered query twice but those under way", async () => {
    server = await simulatedTeacher(50, () => "ok", 10);
    const out = join(home.path, "killed");
    for (const after of [10, 60, 120]) {
      const child = startNode([main, ...probeArgs(out)]);
      await until(() => server!.answered.size >= after);
      child.kill("SIGKILL");
      await child.ended;
    }
    expect(existsSync(join(out, "manifest.json"))).toBe(false);
    const { code, stdout } = await potstill([...probeArgs(out), "--json"]);
    expect(code).toBe(0);
    const { counts } = JSON.parse(stdout) as { counts: Record<string, number> };
    const distinct = server.answered.size;
    expect(counts).toMatchObject({ planned: distinct, paid: distinct, failed: 0 });
    expect(counts["cached"]).toBeGreaterThanOrEqual(120 - 3 * concurrency);
    expect(server.total() - distinct).toBeLessThanOrEqual(3 * concurrency);
    expect((await openListSignal(out, dataset)).user).toHaveLength(2 * users);
  });

  test("interrupted, it saves and ends with 130; the next run goes on", async () => {
    server = await simulatedTeacher(50, () => "ok", 10);
    const out = join(home.path, "interrupted");
    const child = startNode([main, ...probeArgs(out)]);
    await until(() => server!.answered.size >= 20);
    child.kill("SIGINT");
    const { code, stderr } = await child.ended;
    expect(code).toBe(130);
    expect(stderr).toContain("Run the same command again to go on");
    expect(stderr).not.toContain("    at ");
    expect((await potstill(probeArgs(out))).code).toBe(0);
    expect(Math.max(...server.answered.values())).toBe(1);
  });

  test("a budget spent with work left ends with 3 and a signal that opens", async () => {
    server = await simulatedTeacher(50);
    const out = join(home.path, "budget");
    const { code, stdout, stderr } = await potstill(probeArgs(out, "--budget", "20"));
    expect(code).toBe(3);
    expect(stdout).toMatch(/left for want of budget/);
    expect(stderr).toContain("The budget is spent");
    expect(server.total()).toBeLessThanOrEqual(20);
    const signal = await openListSignal(out, dataset);
    expect(signal.user.length).toBeGreaterThan(0);
  });

  test("a dry run asks nothing and says what it would cost", async () => {
    server = await simulatedTeacher(50);
    const out = join(home.path, "dry");
    const args = probeArgs(out, "--dry-run", "--budget", "250", "--qps", "10", "--cost-per-call", "0.01");
    const { code, stdout } = await potstill([...args, "--json", "--users", "0.5"]);
    expect(code).toBe(0);
    const { queries, minutes, cost } = JSON.parse(stdout) as {
      queries: Record<string, number>;
      minutes: number;
      cost: number;
    };
    expect(queries["full"]! + queries["suffix"]! + queries["prefix"]!).toBe(queries["total"]);
    expect(queries["total"]).toBeLessThanOrEqual(250);
    expect(minutes).toBeCloseTo(queries["total"]! / 600);
    expect(cost).toBeCloseTo(queries["total"]! / 100);
    expect((await potstill(probeArgs(out, "--dry-run"))).stdout).toContain("unknown without --cost-per-call");
    for (const place of ["", data]) {
      const refused = await potstill(probeArgs(place, "--dry-run")); // as the probe itself is
      expect([refused.code, refused.stdout]).toEqual([2, ""]);
    }
    expect(server.total()).toBe(0);
    expect(existsSync(out)).toBe(false);
  });

  test("drops items at random where asked to, and its manifest says so", async () => {
    server = await simulatedTeacher(50);
    const out = join(home.path, "drop");
    const { code, stdout } = await potstill([...probeArgs(out), "--views", "drop", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ views: "drop", scales: [0.5] });
    const signal = await openListSignal(out, dataset);
    expect(signal.view.filter((view) => view === "drop")).toHaveLength(users);
  });

  test.each([
    ["items", "item"],
    ["walks", "walk"],
  ] as const)("asks %s with the rest of a budget, which are nobody's histories", async (rest, kind) => {
    server = await simulatedTeacher(50);
    const out = join(home.path, rest);
    const args = [...probeArgs(out), "--rest", rest, "--budget", "240"];
    const dry = await potstill([...args, "--dry-run", "--json"]);
    const { queries } = JSON.parse(dry.stdout) as { queries: Record<string, number> };
    expect(queries[kind]).toBeGreaterThan(5);
    expect(server.total()).toBe(0);
    const { code, stdout } = await potstill([...args, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ rest });
    const { view, user, end, histories } = await openListSignal(out, dataset);
    const nobody = [...view.keys()].filter((q) => view[q] === kind);
    expect(nobody.length).toBeGreaterThanOrEqual(queries[kind]!); // more rows where a view was the same item
    for (const q of nobody) {
      expect(user[q]).toBeLessThan(0);
      expect(histories!.offsets[q + 1]! - histories!.offsets[q]!).toBe(end[q]);
    }
  });

  test("invents histories: says what they cost, asks them, and their signal has no owner", async () => {
    server = await simulatedTeacher(50);
    const out = join(home.path, "blind");
    const args = [...probeArgs(out), "--queries", "autoregressive", "--budget", "25", "--max-length", "10"];
    const dry = await potstill([...args, "--dry-run", "--json"]);
    expect(JSON.parse(dry.stdout)).toMatchObject({ queries: { full: 3, prefix: 22, suffix: 0, total: 25 } });
    expect(server.total()).toBe(0);
    const { code, stdout } = await potstill([...args, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ scales: [], queries: { kind: "autoregressive" } });
    expect((await openListSignal(out, dataset)).histories!.offsets).toHaveLength(26);
  });

  test.each([
    [["--users", "0"], "--users: expected a number above 0, at most 1"],
    [["--scales", ".5,1"], "--scales: expected numbers between 0 and 1"],
    [["--budget", "many"], "--budget: expected a whole number of at least 1"],
    [["--adapter", "recombee"], "--adapter: expected a JSON file or one of potstill"],
    [["--queries", "random"], "--budget: expected a number of answers"],
    [["--rest", "items"], "--rest items: expected a --budget"],
    [["--rest", "items", "--budget", "9", "--pilot", "3"], "got --pilot"],
    [["--rest", "walks", "--budget", "9", "--queries", "random"], "got --queries random"],
    [["--rest", "others"], "--rest: expected one of prefixes, items, walks"],
    [
      ["--queries", "random", "--budget", "9", "--pilot", "3"],
      "--queries: expected owned histories, which have views and pilots, got random and --pilot",
    ],
    [["--budget", "1"], "--budget: expected enough for one user's history and its views"],
  ])("%j ends with 2 and one message", async (more, message) => {
    server = await simulatedTeacher(50);
    const { code, stderr } = await potstill(probeArgs(join(home.path, "bad"), ...more));
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(server.total()).toBe(0);
  });
});
