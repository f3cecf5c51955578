import fc from "fast-check";
import type { FastifyInstance } from "fastify";
import { afterAll, describe, expect, it } from "vitest";
import { UserError } from "../../../src/errors.ts";
import { createApp, listen } from "../../../src/serve/index.ts";
import { CornerShop } from "./shop.ts";

const app = createApp(new CornerShop());
afterAll(() => app.close());

async function ask(payload: unknown, to: FastifyInstance = app) {
  const reply = await to.inject({
    method: "POST",
    url: "/v1/recommend",
    headers: { "content-type": "application/json" },
    payload: JSON.stringify(payload),
  });
  return { status: reply.statusCode, headers: reply.headers, body: reply.json<Body>() };
}

interface Body {
  items: { id: string; title?: string; score?: number }[];
  model: { name: string; version: string };
  unknown: string[];
  error: { code: string; message: string };
}

const ids = (body: Body) => body.items.map(({ id }) => id);

describe("POST /v1/recommend", () => {
  it("answers with original ids, titles where they are known, and the model's version", async () => {
    const { status, body } = await ask({ history: ["10", "30"], k: 2 });
    expect(status).toBe(200);
    expect(body).toEqual({
      items: [
        { id: "20", title: "Bread", score: 0.5 },
        { id: "40", score: 0.5 },
      ],
      model: { name: "corner shop", version: "0123456789ab" },
      unknown: [],
    });
  });

  it("takes numbers for ids", async () => {
    expect(ids((await ask({ history: [10, 30], k: 2 })).body)).toEqual(["20", "40"]);
  });

  it("ignores unknown items and lists each once", async () => {
    const { body } = await ask({ history: ["x", "60", "y", "x"], k: 1 });
    expect(ids(body)).toEqual(["50"]);
    expect(body.unknown).toEqual(["x", "y"]);
  });

  it.each([
    [{ history: ["x", "y"], k: 1 }, "got 2 unknown."],
    [{ k: 1 }, "got no item."],
  ])("says that %j holds nothing to go by", async (payload, got) => {
    const { status, body } = await ask(payload);
    expect(status).toBe(422);
    expect(body.error.code).toBe("input");
    expect(body.error.message).toContain(`body.history: expected at least one item the model knows, ${got}`);
  });

  it("keeps the history's items on request and never returns excluded ones", async () => {
    const { body } = await ask({ history: ["30"], k: 2, excludeHistory: false, exclude: ["20"] });
    expect(ids(body)).toEqual(["30", "40"]);
  });

  it("serves a known user from the model, an unseen one from the history", async () => {
    expect(ids((await ask({ user: "bob", k: 1 })).body)).toEqual(["60"]);
    expect(ids((await ask({ user: "eve", history: ["20"], k: 1 })).body)).toEqual(["10"]);
  });

  it("says what an unknown user without a history can do", async () => {
    const { status, body } = await ask({ user: "eve" });
    expect(status).toBe(404);
    expect(body.error).toEqual({
      code: "not-found",
      message:
        'body.user: expected a user the model knows, or a history, got "eve". Send the user\'s history.',
    });
  });

  it("gives at most the catalogue", async () => {
    expect((await ask({ user: "ann", k: 1000 })).body.items).toHaveLength(6);
  });

  it("returns ids alone when asked to be a black box", async () => {
    const box = createApp(new CornerShop(), { idsOnly: true });
    expect((await ask({ history: ["10"], k: 1 }, box)).body.items).toEqual([{ id: "20" }]);
    expect((await box.inject("/v1/model")).json()).toEqual({ name: "corner shop", version: "0123456789ab" });
    await box.close();
  });

  it("lets another model answer a share of the histories, always the same ones, and does not say which", async () => {
    const other = new CornerShop();
    other.recommend = (requests) => Promise.resolve(requests.map(() => [{ item: 5, score: 1 }]));
    const tired = createApp(new CornerShop(), { fallback: { bundle: other, share: 0.25 } });
    const histories = Array.from({ length: 400 }, (_, n) => ({ history: ["10", "x".repeat(n)], k: 1 }));
    const twice = [await answers(), await answers()];
    async function answers() {
      const replies = await Promise.all(histories.map((one) => ask(one, tired)));
      return replies.map(({ body }) => [ids(body)[0], body.model] as const);
    }
    expect(twice[0]).toEqual(twice[1]);
    expect(new Set(twice[0]!.map(([, model]) => JSON.stringify(model))).size).toBe(1);
    const fallen = twice[0]!.filter(([id]) => id === "60").length;
    expect(fallen).toBeGreaterThan(70); // binomial, 100 expected, 3.5 deviations to either side
    expect(fallen).toBeLessThan(130);
    expect(twice[0]!.filter(([id]) => id === "20")).toHaveLength(400 - fallen);
    expect(twice[0]![0]![1].version).not.toBe("0123456789ab"); // other answers, another version
    await tired.close();
  });

  it("leaves out scores that are no numbers", async () => {
    const shop = new CornerShop();
    shop.recommend = (requests) => Promise.resolve(requests.map(() => [{ item: 0, score: NaN }, { item: 1, score: 1 }])); // prettier-ignore
    const broken = createApp(shop);
    expect(ids((await ask({ user: "ann" }, broken)).body)).toEqual(["20"]);
    await broken.close();
  });
});

describe("bad requests", () => {
  it.each([
    [{ k: 0 }, "body.k: expected a number to be >=1, got 0."],
    [{ k: 1.5 }, "body.k: expected an int, got 1.5."],
    [{ k: "ten" }, 'body.k: expected a number, got "ten".'],
    [{ history: "10" }, 'body.history: expected an array, got "10".'],
    [{ history: [null] }, "body.history.0: expected a string or a number, got null."],
    [{ excludeHistory: "no" }, 'body.excludeHistory: expected a boolean, got "no".'],
    [{ histori: ["10"] }, "Did you mean history?"],
    [[], "body: expected a JSON object, got an array."],
    [null, "body: expected a JSON object, got nothing."],
    [7, "body: expected a JSON object, got a number."],
  ])("%j", async (payload, message) => {
    const { status, body } = await ask(payload);
    expect(status).toBe(400);
    expect(body.error.code).toBe("usage");
    expect(body.error.message).toContain(message);
  });

  it.each([
    ["not json", "application/json", 400, "request: expected valid JSON"],
    ["", "application/json", 400, "request: expected valid JSON"],
    ['{"__proto__": 1}', "application/json", 400, "request: expected valid JSON"],
    ["history=10", "application/x-www-form-urlencoded", 415, "content-type: expected application/json"],
    [JSON.stringify({ user: "x".repeat(2 ** 20) }), "application/json", 413, "body: expected at most 1 MiB"],
  ])("%# is refused", async (payload, type, status, message) => {
    const headers = { "content-type": type };
    const reply = await app.inject({ method: "POST", url: "/v1/recommend", headers, payload });
    expect(reply.statusCode).toBe(status);
    expect(reply.json<Body>().error.message).toContain(message);
  });

  it.each(["/nothing", "/v1/recommend", "/%c0"])("GET %s is no page and shows no stack", async (url) => {
    const reply = await app.inject(url);
    expect(reply.statusCode).toBeGreaterThanOrEqual(400);
    expect(reply.statusCode).toBeLessThan(500);
    expect(reply.json<Body>().error.message).toMatch(/expected .*, got /);
  });

  it("never fails on any JSON at all", async () => {
    const field = fc.constantFrom("history", "user", "k", "exclude", "excludeHistory", "__proto__", "other");
    const body = fc.oneof(fc.jsonValue(), fc.dictionary(field, fc.jsonValue({ maxDepth: 2 })));
    await fc.assert(
      fc.asyncProperty(body, async (payload) => {
        const { status, body } = await ask(payload);
        expect([200, 400, 404, 422]).toContain(status);
        if (status === 200) for (const { score } of body.items) expect(Number.isFinite(score)).toBe(true);
        else expect(body.error.message).toMatch(/expected .*, got /);
      }),
      { numRuns: 300 },
    );
  });
});

describe("operations", () => {
  it("tells a fault to its owner and not to the client", async () => {
    const shop = new CornerShop();
    const faults: unknown[] = [];
    const faulty = createApp(shop, { onFault: (error) => faults.push(error) });
    await faulty.ready();
    shop.recommend = () => Promise.reject(new Error("secret of the house"));
    const { status, body } = await ask({ user: "ann" }, faulty);
    expect(status).toBe(500);
    expect(body.error).toEqual({
      code: "internal",
      message: "internal: the request failed; the server's log says why.",
    });
    expect(String(faults)).toContain("secret of the house");
    await faulty.close();
  });

  it("answers concurrent requests by few calls of the model, each with its own list", async () => {
    const shop = new CornerShop(5);
    const busy = createApp(shop);
    await busy.ready();
    shop.calls.length = 0;
    const asked = Array.from({ length: 40 }, (_, i) =>
      ask({ history: [`${10 + (i % 6) * 10}`], k: 1 + (i % 3) }, busy),
    );
    const replies = await Promise.all(asked);
    replies.forEach(({ body }, i) => expect(body.items).toHaveLength(1 + (i % 3)));
    expect(ids(replies[5]!.body)[0]).toBe("50");
    expect(ids(replies[0]!.body)[0]).toBe("20");
    expect(shop.calls.length).toBeLessThan(10);
    expect(shop.calls.reduce((a, b) => a + b)).toBe(40);
    await busy.close();
  });

  it("lets one bad request of a batch fail alone", async () => {
    const shop = new CornerShop(5);
    const whole = shop.recommend.bind(shop);
    shop.recommend = (requests, k) =>
      requests.some(({ user }) => user === 1) ? Promise.reject(new Error("bob")) : whole(requests, k);
    const shared = createApp(shop);
    const replies = await Promise.all(["ann", "bob", "ann"].map((user) => ask({ user }, shared)));
    expect(replies.map(({ status }) => status)).toEqual([200, 500, 200]);
    await shared.close();
  });

  it("sheds load with 429 and a time to come back", async () => {
    const small = createApp(new CornerShop(50), { maxWaiting: 2, maxBatch: 1 });
    await small.ready();
    const replies = await Promise.all(Array.from({ length: 10 }, () => ask({ user: "ann" }, small)));
    const shed = replies.filter(({ status }) => status === 429);
    expect(shed.length).toBeGreaterThan(0);
    expect(replies.filter(({ status }) => status === 200).length + shed.length).toBe(10);
    expect(shed[0]!.headers["retry-after"]).toBe("1");
    expect(shed[0]!.body.error.code).toBe("unavailable");
    await small.close();
  });

  it("describes itself: health, model, OpenAPI, page and metrics", async () => {
    await ask({ user: "ann" });
    expect((await app.inject("/health/live")).json()).toEqual({ status: "live" });
    expect((await app.inject("/health/ready")).json()).toEqual({ status: "ready" });
    expect((await app.inject("/v1/model")).json()).toMatchObject({ manifest: { sizes: { items: 6 } } });
    const api = (await app.inject("/openapi.json")).json<{ paths: Record<string, unknown> }>();
    expect(api.paths["/v1/recommend"]).toHaveProperty(
      "post.requestBody.content.application/json.schema.properties.history",
    );
    expect((await app.inject("/docs")).statusCode).toBeLessThan(400);
    const metrics = (await app.inject("/metrics")).body;
    expect(metrics).toMatch(
      /potstill_requests_total\{route="\/v1\/recommend",method="POST",status="200"\} \d+/,
    );
    expect(metrics).toMatch(/potstill_batch_size_count \d+/);
    expect(metrics).toContain("potstill_waiting_requests 0");
  });
});

describe("on a real port", () => {
  it("listens, refuses a port in use, and finishes what it accepted when it closes", async () => {
    const shop = new CornerShop();
    const first = createApp(shop);
    const url = await listen(first, "127.0.0.1", 0);
    const second = createApp(new CornerShop());
    const refused: unknown = await listen(second, "127.0.0.1", Number(new URL(url).port)).catch(
      (e: unknown) => e,
    );
    expect(refused).toBeInstanceOf(UserError);
    expect((refused as UserError).message).toMatch(
      /expected a free port, got one in use\. Choose another with --port\./,
    );

    const headers = { "content-type": "application/json" };
    const { accepted, release } = hold(shop);
    const late = fetch(`${url}/v1/recommend`, { method: "POST", headers, body: '{"user":"ann"}' });
    await accepted;
    const closed = first.close();
    release();
    await closed;
    expect((await late).status).toBe(200);
    await expect(fetch(`${url}/health/live`)).rejects.toThrow();
  });
});

/** From now on the shop answers only after `release`; `accepted` says that a request reached it. */
function hold(shop: CornerShop): { accepted: Promise<void>; release: () => void } {
  const whole = shop.recommend.bind(shop);
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const accepted = new Promise<void>((resolve) => {
    shop.recommend = async (requests, k) => {
      resolve();
      await released;
      return whole(requests, k);
    };
  });
  return { accepted, release };
}
