import { beforeAll, describe, expect, it } from "vitest";
import { scratch } from "../unit/scratch.ts";
import { writeSmallBundle } from "./bundle.ts";
import { main, potstill, startNode, type Started } from "./potstill.ts";

const folder = await scratch();
const bundle = folder.path("bundle");
beforeAll(() => writeSmallBundle(bundle));

async function serve(...more: string[]): Promise<{ server: Started; url: string; said: string }> {
  const server = startNode([main, "serve", "--bundle", bundle, "--port", "0", ...more]);
  const said = await server.says("/v1/recommend");
  return { server, said, url: /http:\/\/[\d.]+:\d+/.exec(said)![0] };
}

function ask(url: string, body: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(`${url}/v1/recommend`, { method: "POST", headers, body: JSON.stringify(body) });
}

describe("potstill serve", () => {
  it("prints a line to try, answers, refuses its port to another, and drains on SIGTERM", async () => {
    const { server, url, said } = await serve("--json");
    await server.says('{"schema":1,');
    expect(said).toContain(`curl -s ${url}/v1/recommend`);
    const alone = await (await ask(url, { user: "2", k: 5 })).json();
    expect(alone).toMatchObject({ model: { name: "corner shop" }, unknown: [] });

    const taken = await potstill(["serve", "--bundle", bundle, "--port", new URL(url).port]);
    expect(taken.stderr).toMatch(
      /^error: .*expected a free port, got one in use\. Choose another with --port\.\n$/,
    );
    expect(taken.code).toBe(1);

    const asked = Array.from({ length: 50 }, () => ask(url, { user: "2", k: 5 }));
    await asked[0];
    server.kill("SIGTERM");
    const replies = await Promise.allSettled(asked); // one not yet accepted may be refused, none is cut short
    for (const reply of replies)
      if (reply.status === "fulfilled") expect([200, 503]).toContain(reply.value.status);
    const { code, stdout } = await server.ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 1, url, bundle, idsOnly: false });
  });

  it("answers with ids alone as a black box", async () => {
    const { server, url } = await serve("--ids-only");
    const { items } = (await (await ask(url, { history: ["0"], k: 2 })).json()) as { items: unknown[] };
    expect(items).toHaveLength(2);
    for (const item of items) expect(Object.keys(item as object)).toEqual(["id"]);
    server.kill("SIGINT");
    expect((await server.ended).code).toBe(0);
  });

  it("lets a second bundle answer a share, and asks for it where only the share is given", async () => {
    const { server, url } = await serve("--fallback", bundle, "--fallback-share", ".5");
    const reply = await ask(url, { history: ["0"], k: 2 });
    expect(reply.status).toBe(200);
    server.kill("SIGINT");
    await server.ended;
    const start = ["serve", "--bundle", bundle, "--fallback-share"];
    const [none, all] = [
      await potstill([...start, ".2"]),
      await potstill([...start, "1", "--fallback", bundle]),
    ];
    expect(none.stderr).toContain(
      "--fallback-share: expected --fallback, the bundle that answers this share, got none.",
    );
    expect(all.stderr).toContain("expected a share above 0 and below 1");
    expect([none.code, all.code]).toEqual([2, 2]);
  });

  it("refuses a folder that is no bundle", async () => {
    const { code, stderr } = await potstill(["serve", "--bundle", folder.path("nothing")]);
    expect(stderr).toMatch(/^error: .*expected .*, got .*\n$/);
    expect(code).toBe(2);
  });
});

describe("potstill recommend", () => {
  it("names ids that the bundle does not have, to leave out as well as of the history", async () => {
    const args = ["recommend", "--bundle", bundle, "--history", "0,no", "--exclude", "nosuch,3", "--json"];
    const { code, stdout, stderr } = await potstill(args);
    const { items, unknown } = JSON.parse(stdout) as { items: { id: string }[]; unknown: string[] };
    expect(unknown).toEqual(["no", "nosuch"]);
    expect(items.map(({ id }) => id).sort()).toEqual(["1", "2", "4"]);
    expect(stderr).toContain("--exclude: not in the bundle, ignored: nosuch");
    expect(code).toBe(0);
  });

  it("prints a table with titles and names what it ignored", async () => {
    const { code, stdout, stderr } = await potstill([
      "recommend",
      "--bundle",
      bundle,
      "--history",
      "0, x,1",
      "-k",
      "2",
    ]);
    expect(stderr).toContain("Not in the bundle, ignored: x\n");
    expect(stdout).toMatch(/Cheese|Dates|Eggs/);
    expect(stdout).not.toMatch(/Ale|Bread/);
    expect(code).toBe(0);
  });

  it("prints one object with --json", async () => {
    const { stdout } = await potstill([
      "recommend",
      "--bundle",
      bundle,
      "--user",
      "1",
      "-k",
      "3",
      "--json",
      "--quiet",
    ]);
    const { schema, items } = JSON.parse(stdout) as { schema: number; items: { score: number }[] };
    expect(schema).toBe(1);
    expect(items).toHaveLength(3);
    expect(items.map(({ score }) => score)).toEqual(items.map(({ score }) => score).sort((a, b) => b - a));
  });

  it.each([
    [["--history", "x"], "expected at least one item of the catalogue, got none"],
    [["--user", "9"], '--user: expected a user it was trained on, got "9". Give --history instead.'],
  ])("%j is refused", async (more, message) => {
    const { code, stderr } = await potstill(["recommend", "--bundle", bundle, ...more]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
