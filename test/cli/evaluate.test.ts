import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { datasetFromLists, openDataset, writeDataset } from "../../src/dataset/index.ts";
import { Random } from "../../src/random.ts";
import { scratch } from "../unit/scratch.ts";
import { writeMfBundle, writeSmallBundle } from "./bundle.ts";
import { potstill } from "./potstill.ts";

const folder = await scratch();
const [data, first, second, alien] = ["shop", "first", "second", "alien"].map(folder.path) as [
  string,
  string,
  string,
  string,
];

beforeAll(async () => {
  const random = new Random(4);
  const histories = Array.from({ length: 80 }, () => random.sample(30, 3 + random.integer(9)));
  await writeDataset(datasetFromLists(histories, { name: "shop", items: 30 }), data, { force: false });
  const dataset = await openDataset(data);
  await writeMfBundle(first, dataset, 1);
  await writeMfBundle(second, dataset, 2);
  await writeSmallBundle(alien);
});

const json = (text: string) => JSON.parse(text) as Record<string, unknown>;

describe("potstill evaluate", () => {
  it("prints one object with metrics, groups and intervals, and keeps files in the bundle", async () => {
    const { code, stdout, stderr } = await potstill([
      "evaluate",
      "--bundle",
      first,
      "--data",
      data,
      "--json",
    ]);
    expect(stderr).not.toContain("error");
    expect(code).toBe(0);
    const result = json(stdout);
    expect(result).toMatchObject({ schema: 1, protocol: "sasrec-full", users: 80 });
    const { metrics, groups, intervals } = result as Record<string, Record<string, Record<string, unknown>>>;
    for (const label of ["ndcg@10", "recall@10", "hr@10", "mrr"])
      expect(metrics![label]).toBeTypeOf("number");
    expect(Object.keys(groups!)).toEqual(["head", "tail", "q1", "q2", "q3", "q4", "q5"]);
    expect(intervals!["tail"]!["mrr"]).toMatchObject({ mean: groups!["tail"]!["mrr"] });
    const [kept] = await readdir(join(first, "evaluation"));
    expect(result["files"]).toBe(join(first, "evaluation", kept!));
    expect((await readdir(join(first, "evaluation", kept!))).sort()).toEqual([
      "evaluation.json",
      "per-user.parquet",
    ]);
  });

  it("prints tables for people, and writes where it is told", async () => {
    const out = folder.path("elsewhere");
    const args = ["evaluate", "--bundle", first, "--data", data, "--protocol", "rcekd-v1", "--out", out];
    const { code, stdout } = await potstill(args);
    expect(code).toBe(0);
    expect(stdout).toContain("shop on shop, protocol rcekd-v1, 80 users");
    expect(stdout).toMatch(/ndcg@20 +│ 0\.\d{4} \[0\.\d{4}, 0\.\d{4}\]/);
    expect(stdout).toMatch(/peak memory \d+ MB\. Files: .*elsewhere\n$/);
    expect(json(await readFile(join(out, "evaluation.json"), "utf8"))).toMatchObject({
      protocol: "rcekd-v1",
    });
  });

  it("shows a protocol without lists of ten at its own length", async () => {
    const own = ["--data", data, "--protocol", "lightgcn-gowalla"];
    const one = await potstill(["evaluate", "--bundle", first, ...own]);
    expect([one.code, one.stdout]).toEqual([0, expect.stringMatching(/by history length.*ndcg@20.*hr@20/)]);
    const two = await potstill(["compare", first, second, ...own, "--json"]);
    expect(json(two.stdout)["comparisons"]).toEqual(
      expect.arrayContaining([expect.objectContaining({ metric: "hr@20" })]),
    );
  });

  it("says before it measures that there is no room for what it finds", async () => {
    const { code, stderr, stdout } = await potstill([
      ...["evaluate", "--bundle", first, "--data", data, "--out", data],
    ]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("got a dataset");
    expect(stderr).not.toContain("users"); // no progress
  });

  it("refuses other data than the bundle's, and a misspelt protocol", async () => {
    const other = await potstill(["evaluate", "--bundle", alien, "--data", data]);
    expect(other.stderr).toMatch(
      /^error: .*alien: expected a bundle made from .*, got one made from corner shop, /m,
    );
    expect(other.code).toBe(2);
    const typo = await potstill(["evaluate", "--bundle", first, "--data", data, "--protocol", "sasrec"]);
    expect(typo.stderr).toMatch(
      /^error: --protocol: expected one of .*, got "sasrec"\. Write "sasrec-full"\.\n$/,
    );
    expect(typo.code).toBe(2);
  });
});

describe("potstill compare", () => {
  it("compares with the first, by groups, and evaluates only once", async () => {
    const { code, stdout } = await potstill(["compare", first, second, "--data", data, "--json"]);
    expect(code).toBe(0);
    const { comparisons } = json(stdout) as { comparisons: Record<string, unknown>[] };
    expect(comparisons.map(({ metric, group }) => `${String(metric)} ${String(group)}`)).toEqual(
      ["all", "head", "tail"].flatMap((group) =>
        ["ndcg@10", "hr@10", "mrr"].map((metric) => `${metric} ${group}`),
      ),
    );
    const [kept] = await readdir(join(second, "evaluation"));
    const written = (await stat(join(second, "evaluation", kept!, "evaluation.json"))).mtimeMs;
    const again = await potstill(["compare", first, second, "--data", data]);
    expect(again.stderr).toContain(`${second}: evaluated before, reused.`);
    expect(again.stdout).toMatch(/difference.*95 % interval.*p \(Holm\)/);
    expect((await stat(join(second, "evaluation", kept!, "evaluation.json"))).mtimeMs).toBe(written);
  });

  it("names the nearest metric before it measures anything", async () => {
    const { code, stderr } = await potstill([
      "compare",
      alien,
      alien,
      "--data",
      data,
      "--metrics",
      "ndgc@10",
    ]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('got "ndgc@10". Write "ndcg@10".')]);
  });

  it("asks for two bundles", async () => {
    const { code, stderr } = await potstill(["compare", first, "--data", data]);
    expect(stderr).toMatch(
      /^error: potstill compare: expected two or more bundles, got .*first\. Name the bundle/,
    );
    expect(code).toBe(2);
  });
});

describe("potstill report", () => {
  it("writes one page, whole", async () => {
    const page = folder.path("pages/report.html");
    const { code, stdout } = await potstill(["report", first, "--with", second, "--out", page, "--json"]);
    expect(code).toBe(0);
    expect(json(stdout)).toMatchObject({ schema: 1, file: page, evaluated: true });
    expect(await readFile(page, "utf8")).toMatch(/^<!doctype html>[^]*<\/html>\s*$/);
    expect(await readdir(folder.path("pages"))).toEqual(["report.html"]);
  });

  it("says which protocol is missing, and the command that can be run", async () => {
    const out = folder.path("pages/other.html");
    const args = ["report", first, "--protocol", "recbole-general", "--out", out];
    const { code, stderr } = await potstill(args);
    const run = `potstill evaluate --bundle ${first} --data <folder> --protocol recbole-general`;
    expect(stderr).toContain("not evaluated under recbole-general, but under ");
    expect(stderr).toContain(`sasrec-full. Run: ${run}\n`);
    expect(code).toBe(0);
    expect(await readFile(out, "utf8")).toContain(run.replace("<folder>", "&lt;folder&gt;"));
  });

  it("takes the place of a page alone, and says so of a place that cannot be", async () => {
    const model = join(second, "model.onnx");
    const before = (await stat(model)).size;
    for (const [exit, out, got] of [
      [2, model, "which is no page"],
      [1, join(model, "r.html"), "expected a place that can be written"],
      [2, "", "expected a file"],
    ] as const) {
      const { code, stderr } = await potstill(["report", first, "--out", out]);
      expect([code, stderr]).toEqual([exit, expect.stringContaining(got)]);
    }
    expect((await stat(model)).size).toBe(before);
  });

  it("names --out where it is a folder", async () => {
    const { code, stderr } = await potstill(["report", first, "--out", data]);
    expect(stderr).toContain(`--out: expected a file, got the folder ${data}. Name a file in it, such as`);
    expect(code).toBe(2);
  });

  it("says what is missing", async () => {
    const { code, stderr } = await potstill(["report", folder.path("nothing")]);
    expect(stderr).toMatch(
      /^error: .*nothing: expected a bundle, a folder with manifest\.json, got no such file\. Give the folder/,
    );
    expect(code).toBe(2);
  });
});
