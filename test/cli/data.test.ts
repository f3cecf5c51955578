import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { main, potstill, startNode } from "./potstill.ts";

const folder = await mkdtemp(join(tmpdir(), "potstill-data-"));
afterAll(() => rm(folder, { recursive: true }));
const path = (name: string) => join(folder, name);

const ratings = path("ratings.csv");
await writeFile(
  ratings,
  "visitor,sku,at,rating\nann,tea,3,5\nann,jam,1,4\nann,tea,2,5\nbob,jam,1,2\nbob,rye,9,4\nann,rye,4,5\n",
);
const columns = ["--user-column", "visitor", "--item-column", "sku", "--time-column", "at"];

test("import, then describe: the same facts as text and as JSON", async () => {
  const made = await potstill(["data", "import", ratings, ...columns, "--out", path("shop"), "--json"]);
  expect([made.code, made.stdout.trim().split("\n").length]).toEqual([0, 1]);
  const { seconds, peakMegabytes, ...facts } = JSON.parse(made.stdout) as Record<string, unknown>;
  expect(seconds).toBeGreaterThan(0);
  expect(peakMegabytes).toBeGreaterThan(10);
  expect(facts).toMatchObject({
    schema: 1,
    name: "shop",
    counts: { users: 2, items: 3, interactions: 5 },
    parts: { train: 3, valid: 1, test: 1 },
    source: { format: "csv" },
  });
  expect(made.stderr).toContain("Read as csv; --format chooses another.");

  const described = await potstill(["data", "describe", path("shop"), "--json"]);
  expect(JSON.parse(described.stdout)).toEqual(facts);
  const text = (await potstill(["data", "describe", path("shop")])).stdout;
  expect(text).toMatch(/^interactions +5$/m);
  expect(text).toMatch(/^per user +min 2, median 2.5, mean 2.5, max 3$/m);
  expect(text).toMatch(/^duplicates .*1 dropped$/m);
});

test("a split that is given as files is kept as it is", async () => {
  const part = async (name: string, rows: string) => {
    await writeFile(path(name), `USER\tITEM\n${rows}`);
    return path(name);
  };
  const train = await part("train.txt", "0\t5\n0\t2\n1\t9\n");
  const valid = await part("valid.txt", "0\t9\n");
  const test = await part("test.txt", "1\t2\n1\t5\n");
  const given = ["data", "import", train, "--format", "tsv", "--valid", valid];
  const made = await potstill([...given, "--test", test, "--out", path("given"), "--json", "--quiet"]);
  expect(JSON.parse(made.stdout)).toMatchObject({
    counts: { users: 2, items: 3, interactions: 6 },
    parts: { train: 3, valid: 1, test: 2 },
    split: { kind: "given" },
  });
  const twice = ["data", "import", train, "--format", "tsv", "--valid", train, "--test", test];
  const empty = await potstill([...twice, "--out", path("empty")]);
  expect(empty.stderr).toMatch(/--valid: expected interactions that are in no other part, got none left/);
  expect([empty.code, existsSync(path("empty"))]).toEqual([2, false]);
  const half = await potstill([...given, "--out", path("half")]);
  expect([half.code, half.stderr]).toEqual([2, expect.stringContaining("both --valid and --test")]);
});

test("the seed chooses the random split", async () => {
  const draw = async (seed: string) => {
    const flags = [...columns, "--split", "ratio-random", "--ratios", "0.5,0,0.5", "--seed", seed, "--quiet"];
    const { stdout, stderr } = await potstill([
      "data",
      "import",
      ratings,
      ...flags,
      "--out",
      path(`s${seed}`),
      "--json",
    ]);
    expect(stderr).toBe("");
    return JSON.parse(stdout) as { split: { seed: number }; parts: unknown };
  };
  expect(await draw("5")).toMatchObject({ split: { seed: 5 }, parts: { train: 2, valid: 0, test: 3 } });
});

test.concurrent.each([
  [["data", "import", "absent.csv", "--out", "x"], "absent.csv: expected a file, got nothing of that name."],
  [["data", "import", ratings], "required option '--out <folder>' not specified"],
  [["data", "import", ratings, "--out", "x", "--format", "sasrek"], "--format: expected one of "],
  [["data", "import", ratings, "--out", "x", "--min-user", "many"], "--min-user: expected a"],
  [
    ["data", "import", ratings, "--out", "x", "--min-user", "50"],
    "--min-user: expected --filter kcore or one-pass beside it, got 50. It would change nothing",
  ],
  [
    ["data", "import", ratings, "--out", "x", "--ratios", "0.8,0.1,0.1"],
    "--ratios: expected --split ratio, ratio-random or temporal beside it",
  ],
  [
    ["data", "import", ratings, "--out", "x", "--ratios", "8,1,1", "--split", "ratio"],
    "--ratios: expected three numbers that sum to 1",
  ],
  [
    ["data", "import", ratings, "--out", "x", "--titles", "t", "--title-columns", "a"],
    "--title-columns: expected id,title",
  ],
  [
    ["data", "import", ratings, "--out", "x"],
    "expected a column of users, such as user_id, got the columns visitor, sku, at, rating.",
  ],
  [["data", "describe", folder], "expected a dataset, a folder with manifest.json"],
])("%j ends with 2 and one message", async (args, message) => {
  const { code, stdout, stderr } = await potstill([...args, "--quiet"]);
  expect(stderr).toContain(message);
  expect(stderr).toMatch(/^error: .*\.\n$/);
  expect([code, stdout]).toEqual([2, ""]);
});

test("a place inside a file ends with 2 and one message", async () => {
  const { code, stderr } = await potstill([
    "data",
    "import",
    ratings,
    ...columns,
    "--out",
    join(ratings, "x"),
    "--quiet",
  ]);
  expect(stderr).toMatch(/^error: .*: expected a folder that does not exist yet, got .*\.\n$/);
  expect(code).toBe(2);
});

test("SIGINT stops an import with 130 and leaves nothing behind", async () => {
  const many = path("many.txt");
  await writeFile(
    many,
    Array.from({ length: 400_000 }, (_, i) => `${i % 5000} ${(i * 7919) % 3001}\n`).join(""),
  );
  const started = startNode([main, "data", "import", many, "--format", "sasrec", "--out", path("many/set")]);
  await started.says("read");
  started.kill("SIGINT");
  const { code, stderr } = await started.ended;
  expect(stderr).toContain("error: Stopped by a signal.");
  expect(code).toBe(130);
  expect(await readdir(path("many"))).toEqual([]);
});
