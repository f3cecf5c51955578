import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { scratch } from "../unit/scratch.ts";
import { main, potstill, startNode, type Ended } from "./potstill.ts";

const folder = await scratch();
const out = folder.path("demo-run");
let ended: Ended;
beforeAll(async () => {
  ended = await potstill(["demo", "--small", "--out", out, "--json"]);
}, 300_000);

interface System {
  readonly name: string;
  readonly queries: number;
  readonly parameters: number | null;
  readonly latencyMs: number | null;
  readonly groups: Readonly<
    Record<"all" | "head" | "tail", Record<string, { mean: number; low: number; high: number }>>
  >;
}
interface Numbers {
  readonly schema: number;
  readonly systems: readonly System[];
  readonly probe: { readonly counts: { readonly paid: number } };
  readonly owner: { readonly count: number };
  readonly gains: readonly { against: string; difference: number; low: number; high: number }[];
}
const numbers = () => JSON.parse(ended.stdout) as Numbers;

describe("potstill demo --small", () => {
  it("ends well, with one line per stage", () => {
    expect(ended.stderr).not.toContain("error");
    expect(ended.code).toBe(0);
    for (const stage of ["shop ", "teacher ", "probe ", "student, BAHSD ", "evaluate "])
      expect(ended.stderr).toMatch(new RegExp(`^${stage}.*, [\\d.]+ s$`, "m"));
  });

  it("ranks the systems as the known shop demands", () => {
    const { systems } = numbers();
    const ndcg = (name: string) => systems.find((system) => system.name === name)!.groups.all["ndcg@10"]!;
    expect(systems.map(({ name }) => name)).toEqual(["oracle", "teacher", "alone", "uniform", "student"]);
    expect(ndcg("oracle").low).toBeGreaterThan(ndcg("teacher").mean);
    expect(ndcg("teacher").mean).toBeGreaterThan(ndcg("student").mean);
    expect(ndcg("student").mean).toBeGreaterThan(ndcg("alone").mean);
    expect(ndcg("alone").mean).toBeGreaterThan(0.1);
    const gain = numbers().gains.find(({ against }) => against === "alone")!;
    expect(gain.difference).toBeCloseTo(ndcg("student").mean - ndcg("alone").mean, 6);
  });

  it("pays no more than the budget, for the owner's users only, and says what the models cost", () => {
    const { systems, probe, owner } = numbers();
    expect(owner.count).toBe(120);
    expect(probe.counts.paid).toBeGreaterThan(owner.count);
    expect(probe.counts.paid).toBeLessThanOrEqual(30 * owner.count);
    expect(systems.map(({ queries }) => queries)).toEqual([0, 0, 0, probe.counts.paid, probe.counts.paid]);
    const [oracle, teacher, ...students] = systems;
    expect(oracle!.parameters).toBeNull();
    for (const student of students) {
      expect(student.parameters!).toBeLessThan(teacher!.parameters! / 2);
      expect(student.latencyMs!).toBeGreaterThan(0);
    }
  });

  it("leaves a report with every plot, all bundles, and the same numbers", async () => {
    expect((await readdir(out)).sort()).toEqual(["bundles", "data", "demo.json", "report.html", "signals"]);
    expect(await readdir(join(out, "bundles"))).toEqual(["alone", "student", "teacher", "uniform"]);
    expect(JSON.parse(await readFile(join(out, "demo.json"), "utf8"))).toEqual(numbers());
    const page = await readFile(join(out, "report.html"), "utf8");
    for (const plot of [
      "all, head and tail users",
      "quintiles",
      "reliability of its answers",
      "loss by epoch",
      "validation",
    ])
      expect(page).toMatch(new RegExp(`<svg[^>]*aria-label="[^"]*${plot}`));
    expect(page).toContain(`potstill serve --bundle ${out}/bundles/student`);
    expect(page).not.toContain(".part");
    expect(await readdir(folder.path("."))).toEqual(["demo-run"]);
  });

  it("leaves a student that serves", async () => {
    const server = startNode([main, "serve", "--bundle", join(out, "bundles", "student"), "--port", "0"]);
    const url = /http:\/\/[\d.]+:\d+/.exec(await server.says("/v1/recommend"))![0];
    const answer = await fetch(`${url}/v1/recommend`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ history: ["0", "1"], k: 5 }),
    });
    expect(((await answer.json()) as { items: unknown[] }).items).toHaveLength(5);
    server.kill("SIGTERM");
    expect((await server.ended).code).toBe(0);
  });

  it("replaces what a demo made, and stops on a signal with everything as it was", async () => {
    const before = await readFile(join(out, "demo.json"), "utf8");
    const running = startNode([main, "demo", "--small", "--out", out]);
    await running.says("teacher");
    running.kill("SIGINT");
    const { code, stderr } = await running.ended;
    expect(stderr).toMatch(/^error: demo: stopped, nothing was written to .*demo-run\. Run it again\.$/m);
    expect(code).toBe(130);
    expect(await readFile(join(out, "demo.json"), "utf8")).toBe(before);
    expect(await readdir(folder.path("."))).toEqual(["demo-run"]);
  });
});

describe("potstill demo", () => {
  it("replaces nothing that no demo made", async () => {
    const mine = folder.path("mine");
    await mkdir(mine);
    await writeFile(join(mine, "letter.txt"), "dear");
    const { code, stderr } = await potstill(["demo", "--small", "--out", mine]);
    expect(stderr).toMatch(
      /^error: .*mine: expected a folder that does not exist yet, got something else\. Choose/,
    );
    expect(code).toBe(2);
    expect(await readdir(mine)).toEqual(["letter.txt"]);
  });

  it("says in one message that its port is taken", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((listening) => taken.once("listening", listening));
    const { port } = taken.address() as { port: number };
    const args = ["demo", "--small", "--users", "150", "--items", "100", "--port", String(port)];
    const { code, stderr } = await potstill([...args, "--out", folder.path("refused")]);
    expect(stderr).toMatch(
      /^error: the teacher's server: expected a server on 127\.0\.0\.1, got ".*in use.*"\. Choose another port/m,
    );
    expect(stderr).not.toContain("    at ");
    expect(code).toBe(1);
    taken.close();
  });
});
