import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserError } from "../../../src/errors.ts";
import {
  httpTeacher,
  loadAdapter,
  openTeacher,
  TeacherFailure,
  type Adapter,
  type RawAnswer,
} from "../../../src/teachers/index.ts";
import { readAnswer } from "../../../src/teachers/read-answer.ts";
import { retryAfter } from "../../../src/teachers/http-teacher.ts";

interface Seen {
  method: string;
  url: string;
  headers: Record<string, unknown>;
  body: string;
}

let seen: Seen | undefined;
let answer = "";
let url = "";
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += String(chunk)));
  request.on("end", () => {
    const { method = "", url = "", headers } = request;
    seen = { method, url, headers, body };
    response.end(answer);
  });
});
const folder = mkdtempSync(join(tmpdir(), "potstill-adapter-"));

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

/** One call with the history a, b and k = 3. */
async function call(adapter: Adapter, path: string, environment = {}): Promise<RawAnswer> {
  const teacher = httpTeacher(url + path, adapter, environment);
  try {
    const [first] = await teacher.recommend([["a", "b"]], 3, AbortSignal.timeout(5000));
    return first!;
  } finally {
    await teacher.close();
  }
}

describe("each preset sends and reads what its service documents", () => {
  test("potstill", async () => {
    answer =
      '{"items":[{"id":"x","score":0.7},{"id":"y","score":0.2}],"model":{"name":"m","version":"abc"},"unknown":[]}';
    expect(await call(await loadAdapter("potstill"), "")).toEqual({
      ids: ["x", "y"],
      scores: [0.7, 0.2],
      version: "abc",
    });
    expect(seen).toMatchObject({
      method: "POST",
      url: "/v1/recommend",
      body: '{"history":["a","b"],"k":3}',
      headers: { "content-type": "application/json" },
    });
  });

  test("potstill, ids only", async () => {
    answer = '{"items":[{"id":"x"},{"id":"y"}],"model":{"name":"m","version":"abc"}}';
    expect(await call(await loadAdapter("potstill"), "")).toMatchObject({ ids: ["x", "y"], scores: null });
  });

  test("gorse-session", async () => {
    answer = '[{"Id":"x","Score":0.8},{"Id":"y","Score":0.1}]';
    expect(await call(await loadAdapter("gorse-session"), "")).toEqual({
      ids: ["x", "y"],
      scores: [0.8, 0.1],
      version: null,
    });
    expect(seen?.url).toBe("/api/session/recommend?n=3");
    expect(JSON.parse(seen!.body)).toEqual([
      { FeedbackType: "read", UserId: "potstill", ItemId: "a", Timestamp: "1970-01-01T00:00:00.000Z" },
      { FeedbackType: "read", UserId: "potstill", ItemId: "b", Timestamp: "1970-01-01T00:00:01.000Z" },
    ]);
  });

  test("metarank", async () => {
    answer = '{"took":4,"items":[{"item":"x","score":1.7}]}';
    expect(await call(await loadAdapter("metarank"), "/recommend/similar/")).toMatchObject({
      ids: ["x"],
      scores: [1.7],
    });
    expect(seen).toMatchObject({
      url: "/recommend/similar",
      body: '{"count":3,"user":"potstill","items":["a","b"]}',
    });
  });

  test("kserve", async () => {
    answer =
      '{"model_name":"m","outputs":[{"name":"ids","shape":[2],"datatype":"INT64","data":[7,9]},{"name":"scores","shape":[2],"datatype":"FP32","data":[2.5,1]}]}';
    expect(await call(await loadAdapter("kserve"), "/v2/models/m")).toMatchObject({
      ids: ["7", "9"],
      scores: [2.5, 1],
    });
    expect(seen?.url).toBe("/v2/models/m/infer");
    expect(JSON.parse(seen!.body)).toEqual({
      inputs: [
        { name: "history", shape: [1, 2], datatype: "BYTES", data: ["a", "b"] },
        { name: "k", shape: [1], datatype: "INT64", data: [3] },
      ],
    });
  });
});

async function fromFile(content: unknown): Promise<Adapter> {
  const path = join(folder, "adapter.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return loadAdapter(path);
}

describe("an adapter of one's own", () => {
  const minimal = { name: "mine", request: { path: "/r?of={{history}}" }, response: { items: "/list" } };

  test("GET with the history in the path, and a secret from the environment", async () => {
    const adapter = await fromFile({
      ...minimal,
      request: {
        method: "GET",
        path: "/r/{{history}}?n={{k}}",
        headers: { Authorization: "Bearer ${env:TOKEN}" },
      },
    });
    answer = '{"list":[1,2]}';
    expect(await call(adapter, "", { TOKEN: "s3cret" })).toEqual({
      ids: ["1", "2"],
      scores: null,
      version: null,
    });
    expect(seen).toMatchObject({
      method: "GET",
      url: "/r/a%2Cb?n=3",
      headers: { authorization: "Bearer s3cret" },
    });
  });

  test("a secret is no part of what the ledger and the signal see", async () => {
    const adapter = await fromFile({
      ...minimal,
      request: { ...minimal.request, headers: { Authorization: "Bearer ${env:TOKEN}" } },
    });
    const one = httpTeacher(url, adapter, { TOKEN: "one" });
    const two = httpTeacher(url, adapter, { TOKEN: "two" });
    expect(one.fingerprint).toBe(two.fingerprint);
    expect(JSON.stringify(one)).not.toContain("Bearer one");
    await Promise.all([one.close(), two.close()]);
  });

  test("ids that are no numbers are not sent as numbers", async () => {
    const request = { body: { of: "{{historyNumbers}}" } };
    await expect(call(await fromFile({ ...minimal, request }), "")).rejects.toThrow(
      'expected items whose ids are numbers, got "a"',
    );
  });

  test("a version may be a number", async () => {
    answer = '{"list":[1],"version":2}';
    const response = { items: "/list", version: "/version" };
    expect(await call(await fromFile({ ...minimal, response }), "")).toMatchObject({ version: "2" });
  });

  test.each<[string, unknown, RegExp]>([
    [
      "no items",
      { ...minimal, response: {} },
      /json, response\.items: expected a string, got nothing\. Correct the file;/,
    ],
    [
      "an unknown field",
      { name: "mine", requests: minimal.request, response: minimal.response },
      /json: expected known fields alone, got "requests"\. Write "request"; docs/,
    ],
    [
      "an unknown field inside",
      { ...minimal, response: { itms: "/list" } },
      /json, response: expected known fields alone, got "itms"\. Write "items";/,
    ],
    ["a number out of range", { ...minimal, maxK: 0 }, /json, maxK: expected a number to be >0, got 0\. /],
    ["a list", [minimal], /json: expected an object, got \[\{/],
    ["an unknown placeholder", { ...minimal, request: { body: { h: "{{histroy}}" } } }, /histroy/],
    ["a path that is no pointer", { ...minimal, response: { items: "items.id" } }, /items\/\*\/id/],
    [
      "a request without the history",
      { ...minimal, request: { body: { n: "{{k}}" } } },
      /the same request for every/,
    ],
    ["a path that would be no URL", { ...minimal, request: { path: "r{{history}}" } }, /a path such as/],
    ["no JSON", "{", /expected JSON/],
  ])("%s is refused by name", async (_, content, message) => {
    await expect(fromFile(content)).rejects.toThrow(message);
    await expect(fromFile(content)).rejects.toBeInstanceOf(UserError);
  });

  test("a missing file names the presets", async () => {
    await expect(loadAdapter("gorse")).rejects.toThrow(/gorse-session, metarank, kserve/);
  });

  test("a missing secret names its variable", async () => {
    const adapter = await fromFile({
      ...minimal,
      request: { ...minimal.request, headers: { a: "${env:NOT_SET}" } },
    });
    expect(() => httpTeacher(url, adapter, {})).toThrow(/environment variable NOT_SET/);
  });

  test("a URL without http:// and an adapter for a bundle are said", async () => {
    const open = (where: string, adapter?: string) =>
      openTeacher(where, { environment: {}, ...(adapter !== undefined && { adapter }) });
    for (const bare of ["localhost:18080", "10.0.0.7:80/v1"])
      await expect(open(bare, "potstill")).rejects.toThrow(
        `--teacher: expected a URL that starts with http:// or https://, or the folder of a bundle, got ${bare}. Write http://${bare}.`,
      );
    await expect(open(folder, "kserve")).rejects.toThrow(
      "--adapter: expected a URL as --teacher beside it, got kserve. It would change nothing: ",
    );
    await expect(open(join(folder, "a:1"))).rejects.toThrow("expected a bundle, a folder with manifest.json");
  });

  test.each(["not a url", "ftp://host", "http://user:pass@host"])("%s is no teacher", async (bad) => {
    const adapter = await fromFile(minimal);
    expect(() => httpTeacher(bad, adapter, {})).toThrow(UserError);
    expect(() => httpTeacher(bad, adapter, {})).not.toThrow(/pass@/);
  });
});

describe("reading an answer", () => {
  const places = { items: "/items/*/id", scores: "/items/*/score", version: "/v" };

  test.each([
    ["", "not JSON"],
    ["null", "no list of ids"],
    ['{"items":{}}', "no list of ids"],
    ['{"items":[{"id":1.5}]}', "ids of a wrong type"],
    ['{"items":[{"score":1}]}', "ids of a wrong type"],
    ['{"items":[{"id":"a","score":1},{"id":"b"}]}', "scores of a wrong type"],
    ['{"items":[{"id":"a","score":"high"}]}', "scores of a wrong type"],
  ])("%s: %s", (body, reason) => {
    expect(() => readAnswer(body, places)).toThrow(
      expect.objectContaining({ kind: "bad-answer", reason }) as Error,
    );
  });

  test("whatever comes back is a list of ids or a failure with a reason, nothing else", () => {
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc.json().map((json) => `{"items":${json}}`),
    );
    fc.assert(
      fc.property(body, (text) => {
        try {
          const { ids, scores } = readAnswer(text, places);
          expect(ids.every((id) => typeof id === "string")).toBe(true);
          if (scores !== null) expect(scores).toHaveLength(ids.length);
        } catch (error) {
          expect(error).toBeInstanceOf(TeacherFailure);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("ids survive the way there and back", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (ids) => {
        const body = JSON.stringify({ items: ids.map((id) => ({ id })) });
        expect(readAnswer(body, places).ids).toEqual(ids);
      }),
    );
  });

  test("a pointer's ~1 and ~0 stand for / and ~", () => {
    expect(readAnswer('{"a/b":{"~":[1]}}', { items: "/a~1b/~0" }).ids).toEqual(["1"]);
  });
});

describe("Retry-After", () => {
  test.each([
    [{ "retry-after": "2" }, 2000],
    [{ "retry-after": "Mon, 01 Jan 2024 00:00:30 GMT", date: "Mon, 01 Jan 2024 00:00:00 GMT" }, 30_000],
    [{ "retry-after": "Mon, 01 Jan 2024 00:00:00 GMT", date: "Mon, 01 Jan 2024 00:00:30 GMT" }, 0],
    [{ "retry-after": "Mon, 01 Jan 2024 00:00:30 GMT" }, null],
    [{ "retry-after": "soon", date: "Mon, 01 Jan 2024 00:00:30 GMT" }, null],
    [{}, null],
  ])("%j is %s ms", (headers, expected) => {
    expect(retryAfter(headers)).toBe(expected);
  });
});
