import { beforeAll, describe, expect, it } from "vitest";
import { datasetFromLists, writeDataset } from "../../src/dataset/index.ts";
import { Random } from "../../src/random.ts";
import { scratch } from "../unit/scratch.ts";
import { main, potstill, startNode } from "./potstill.ts";

const folder = await scratch();
const data = folder.path("shop");
const few = ["epochs=2", "width=4", "negatives=2"];
const settings: Record<string, readonly string[]> = {
  cml: few,
  neumf: few,
  popularity: [],
  itemknn: ["neighbours=5", "shrink=1"],
  ease: ["most=15", "regularisation=2"],
};
const names = Object.keys(settings);

interface Result {
  readonly manifest: { input: string; training: Record<string, unknown> };
}

interface Asked {
  readonly items: readonly { id: string; score: number }[];
}

const train = (model: string, ...more: string[]) =>
  potstill([
    ...["train", "--data", data, "--model", model, "--out", folder.path(model), "--threads", "1", "--json"],
    ...settings[model]!.flatMap((setting) => ["--set", setting]),
    ...more,
  ]);

describe("teachers of several kinds", () => {
  beforeAll(async () => {
    const random = new Random(3);
    const histories = Array.from({ length: 40 }, () => random.sample(20, 4 + random.integer(8)));
    await writeDataset(datasetFromLists(histories, { items: 20 }), data);
  });

  it("are trained, evaluated, and asked", async () => {
    const outcomes = await Promise.all(names.map((model) => train(model)));
    outcomes.forEach(({ code, stdout, stderr }, n) => {
      expect(code, stderr).toBe(0);
      const { manifest } = JSON.parse(stdout) as Result;
      const fitted = !["cml", "neumf"].includes(names[n]!);
      expect(manifest.input).toBe(fitted ? "history" : "user-or-history");
      expect(manifest.training["epochs"]).toBe(fitted ? 1 : 2);
      expect(manifest.training["validation"]).toMatchObject({ metric: "ndcg@10" });
    });
    const evaluated = await Promise.all(
      ["neumf", "popularity"].map((model) =>
        potstill(["evaluate", "--bundle", folder.path(model), "--data", data, "--json"]),
      ),
    );
    for (const { code, stdout, stderr } of evaluated) {
      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ protocol: "sasrec-full", users: 40 });
    }
    const asked = await Promise.all(
      ["cml", "ease"].map((model) =>
        potstill(["recommend", "--bundle", folder.path(model), "--history", "1,2", "-k", "3", "--json"]),
      ),
    );
    for (const { code, stdout, stderr } of asked) {
      expect(code, stderr).toBe(0);
      expect((JSON.parse(stdout) as { items: unknown[] }).items).toHaveLength(3);
    }
    const page = await potstill(["report", folder.path("ease"), "--out", folder.path("page.html")]);
    expect(page.code, page.stderr).toBe(0);
  });

  it("are served", async () => {
    const server = startNode([main, "serve", "--bundle", folder.path("itemknn"), "--port", "0"]);
    const url = /http:\/\/[\d.]+:\d+/.exec(await server.says("/v1/recommend"))![0];
    const response = await fetch(`${url}/v1/recommend`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ history: ["3", "4"], k: 5 }),
    });
    expect(((await response.json()) as { items: unknown[] }).items).toHaveLength(5);
    server.kill("SIGTERM");
    expect((await server.ended).code).toBe(0);
  });

  it("that read a user and a history are given both, by the command and over HTTP", async () => {
    const cdae = folder.path("cdae");
    const made = ["train", "--data", data, "--model", "cdae", "--out", cdae, "--set", "epochs=2", "--quiet"];
    expect((await potstill(made)).code).toBe(0);
    const told = async (...who: string[]) => {
      const { stdout } = await potstill(["recommend", "--bundle", cdae, "-k", "20", "--json", ...who]);
      return new Map((JSON.parse(stdout) as Asked).items.map(({ id, score }) => [id, score]));
    };
    const both = await told("--user", "5", "--history", "1,2,3");
    for (const other of [
      ["--user", "5"],
      ["--history", "1,2,3"],
      ["--user", "5", "--history", "4,6"],
    ])
      expect((await told(...other)).get("9")).not.toBe(both.get("9"));
    const server = startNode([main, "serve", "--bundle", cdae, "--port", "0"]);
    const url = /http:\/\/[\d.]+:\d+/.exec(await server.says("/v1/recommend"))![0];
    const response = await fetch(`${url}/v1/recommend`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user: "5", history: ["1", "2", "3"], k: 20 }),
    });
    const { items } = (await response.json()) as Asked;
    expect(items.find(({ id }) => id === "9")!.score).toBeCloseTo(both.get("9")!, 5);
    server.kill("SIGTERM");
    await server.ended;
  });

  it("give vectors where scores are dot products of them", async () => {
    const factors = (model: string) =>
      potstill([
        ...[
          "factors",
          "--bundle",
          folder.path(model),
          "--data",
          data,
          "--out",
          folder.path(`${model}-signal`),
        ],
        "--json",
      ]);
    const [cml, neumf] = await Promise.all([factors("cml"), factors("neumf")]);
    expect(cml.code, cml.stderr).toBe(0);
    expect(JSON.parse(cml.stdout)).toMatchObject({ manifest: { width: 5 } }); // a bias beside 4 numbers
    expect([neumf.code, neumf.stderr]).toEqual([
      2,
      expect.stringContaining("got one of neumf, whose scores are not"),
    ]);
  });

  it("refuse what they cannot do", async () => {
    const resumed = await train("popularity", "--force", "--resume");
    expect([resumed.code, resumed.stderr]).toEqual([2, expect.stringContaining("Leave --resume out")]);
    const student = await potstill([
      ...["distill", "--method", "rce-kd", "--signals", folder.path("cml-signal"), "--data", data],
      ...["--student", "ease", "--out", folder.path("student")],
    ]);
    expect([student.code, student.stderr]).toEqual([
      2,
      expect.stringMatching(/Choose --student .*mf, lightgcn/),
    ]);
  });
});
