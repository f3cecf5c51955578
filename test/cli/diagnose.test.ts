import { readdirSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { datasetFromLists, makeShop, openDataset, writeDataset } from "../../src/dataset/index.ts";
import { signalOf } from "../contracts/lists-of.ts";
import { balanced, premiseWorld } from "../contracts/premise-world.ts";
import { simulatedTeacher, type SimulatedTeacher } from "../simulated/teacher.ts";
import { scratch } from "../unit/scratch.ts";
import { potstill } from "./potstill.ts";

const folder = await scratch();
const data = folder.path("data");
const pilot = folder.path("pilot");
let server: SimulatedTeacher;

beforeAll(async () => {
  const { histories } = makeShop({ users: 60, items: 50, seed: 3 });
  await writeDataset(datasetFromLists(histories, { items: 50, name: "shop" }), data);
  server = await simulatedTeacher(50);
});
afterAll(() => server.close());

const probeArgs = (...more: string[]) => [
  "probe",
  "--teacher",
  server.url,
  "--data",
  data,
  "--out",
  pilot,
  "-k",
  "10",
  ...more,
];

describe("potstill probe --pilot", () => {
  test("says what it would cost, then asks a few users with all their views", async () => {
    const dry = await potstill(probeArgs("--pilot", "20", "--cost-per-call", "0.1", "--dry-run", "--json"));
    const price = JSON.parse(dry.stdout) as { pilot: number; queries: Record<string, number>; cost: number };
    expect(price.pilot).toBe(20);
    expect(price.queries["full"]).toBe(20);
    expect(price.queries["prefix"]).toBe(0);
    expect(price.queries["shuffle"]).toBeGreaterThan(10);
    expect(price.cost).toBeCloseTo(price.queries["total"]! / 10);
    expect(server.total()).toBe(0);

    const asked = await potstill(probeArgs("--pilot", "20"));
    expect(asked.code).toBe(0);
    expect(asked.stdout).toContain(`ready for potstill diagnose --signals ${pilot} --data ${data}`);
    expect(server.total()).toBe(price.queries["total"]);
  });

  test("a dry run counts what is in the ledger as paid, and leaves the folder as it is", async () => {
    const before = readdirSync(pilot);
    const costs = async (...more: string[]) => {
      const { stdout } = await potstill(probeArgs("--dry-run", "--cost-per-call", "1", "--json", ...more));
      return JSON.parse(stdout) as {
        queries: Record<string, number>;
        cached: number;
        left: number;
        cost: number;
      };
    };
    const { queries, cached, cost } = await costs();
    expect(cached).toBeGreaterThan(50); // all of the pilot but its shuffled histories
    expect(cached).toBeLessThan(server.total());
    expect(queries["total"]).toBe(queries["full"]! + queries["suffix"]! - cached);
    expect(cost).toBe(queries["total"]);
    const budget = server.total() + 10;
    const tight = await costs("--budget", String(budget), "-k", "9"); // other questions, the same money
    expect(tight).toMatchObject({ cached: 0, cost: 10 });
    expect(await costs("--pilot", "20")).toMatchObject({ cached: server.total(), cost: 0, left: 0 });
    const { stdout } = await potstill(probeArgs("--pilot", "20", "--dry-run"));
    expect(stdout).toMatch(
      new RegExp(`already in the ledger\\D+${server.total()}\\D.*\\n.*\\n.*queries to pay\\D+0`),
    );
    expect(readdirSync(pilot)).toEqual(before);
  });

  const tooFew = /--pilot: expected at least 10 users with views .*, got \d\. Raise --pilot/;
  test.each([
    [["--pilot", "5"], tooFew],
    [["--pilot", "20", "--budget", "30"], tooFew],
    [["--pilot", "20", "-k", "9"], /--k: expected at least 10 with --pilot: .*NDCG@10, got 9\. Ask for 10/],
  ])("that diagnose would refuse is not paid: %j", async (more, message) => {
    const before = server.total();
    const { code, stderr } = await potstill(probeArgs(...more));
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(server.total()).toBe(before);
  });

  test.each([
    [["--views", "none"], "--pilot: expected histories with their views, .*, got --views none"],
    [["--prefix-views"], "--pilot: expected histories with their views, .*, got --prefix-views"],
  ])("with %j ends with 2", async (more, message) => {
    const { code, stderr } = await potstill(probeArgs("--pilot", "20", ...more));
    expect(stderr).toMatch(new RegExp(message));
    expect(code).toBe(2);
  });
});

describe("potstill diagnose", () => {
  test("says that the answers of a teacher that reads the last item alone cannot be told apart", async () => {
    const { code, stdout } = await potstill(["diagnose", "--signals", pilot, "--data", data, "--json"]);
    const record = JSON.parse(stdout) as {
      schema: number;
      pilot: number;
      agreement: { own: number; shuffled: number };
      verdict: { premise: string; reasons: string[] };
    };
    expect(record).toMatchObject({ schema: 1, pilot: 20, verdict: { premise: "fails" } });
    expect(record.agreement.own).toBeCloseTo(1, 6);
    expect(record.verdict.reasons[0]).toContain("none can be told from another");
    expect(record.agreement.shuffled).toBeLessThan(0.9); // another item is last
    expect(record.verdict.reasons[1]).toMatch(
      /^The lists of a user's history and .* shuffled agree by 0\.\d\d\.$/,
    );
    expect(code).toBe(1);
  });

  test("says that the consistency of a teacher that reads a set is not about order", async () => {
    const blind = await simulatedTeacher(50, () => "order-blind");
    const out = folder.path("blind");
    const asked = ["--teacher", blind.url, "--data", data, "--out", out, "-k", "10", "--pilot", "40"];
    expect((await potstill(["probe", ...asked])).code).toBe(0);
    await blind.close();
    const { stdout } = await potstill(["diagnose", "--signals", out, "--data", data]);
    expect(stdout).toMatch(/overlap of a user's list with that of the shuffled history\D+1\.0000/);
    expect(stdout).toContain("agree by 1.00: this teacher's consistency is about which items are there, not");
    expect(stdout).not.toContain("Shuffled histories were not asked");
  });

  test("says that the premise holds, with the numbers that decided", async () => {
    const { dataset, rows } = premiseWorld(balanced(4, (level) => level));
    await writeDataset(dataset, folder.path("made"));
    const opened = await openDataset(folder.path("made"));
    await signalOf(folder.path("lists"), opened, rows, 20);
    const args = ["diagnose", "--signals", folder.path("lists"), "--data", folder.path("made")];
    const { code, stdout } = await potstill(args);
    expect(stdout).toContain("300 histories answered, 300 with views, 300 with a known next item too.");
    expect(stdout).toContain("Shuffled histories were not asked");
    expect(stdout).toMatch(
      /The premise holds\.\nAt a fixed length of history, .* by 0\.\d\d \[0\.\d\d, 0\.\d\d\]\./,
    );
    expect(stdout).toContain("0.8000 in the most.");
    expect(code).toBe(0);
    expect((await potstill(args)).stdout).toBe(stdout);
  });

  test("refuses a signal of other data, of another kind, or none", async () => {
    const other = ["diagnose", "--data", folder.path("made"), "--signals"];
    const foreign = await potstill([...other, pilot]);
    expect(foreign.stderr).toMatch(
      /pilot: expected a signal of the data in .*made .*, got one of other data/,
    );
    expect(foreign.code).toBe(2);
    await mkdir(folder.path("factors"));
    await writeFile(folder.path("factors/manifest.json"), '{"kind":"factors"}');
    const factors = await potstill([...other, folder.path("factors")]);
    expect(factors.stderr).toMatch(/factors: expected lists, which probe writes, got factors/);
    expect(factors.code).toBe(2);
    const none = await potstill([...other, join(pilot, "nowhere")]);
    expect(none.stderr).toContain("expected a signal, a folder with manifest.json");
    expect(none.code).toBe(2);
  });
});
