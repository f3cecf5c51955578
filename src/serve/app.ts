import fastifySwagger from "@fastify/swagger";
import fastifySwaggerUi from "@fastify/swagger-ui";
import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import type { Bundle } from "../export/index.ts";
import { Batcher, Overloaded } from "./batcher.ts";
import { answerJsonSchema, askJsonSchema, readAsk, type Answer, type Ask } from "./contract.ts";
import { toHttp } from "./failure.ts";
import { fallsBack, type Fallback } from "./fallback.ts";
import { createMetrics, measure, type ServeMetrics } from "./metrics.ts";
import { recommend, version, type Served } from "./recommend.ts";

export interface ServeOptions {
  /** Answers hold item ids only, and the manifest stays private: a black box. Default false. */
  readonly idsOnly?: boolean;
  /** Another bundle that answers a share of the requests, unnamed. Default: none. */
  readonly fallback?: Fallback | undefined;
  /** Requests answered by one model call. Default 64. */
  readonly maxBatch?: number;
  /** Requests that may wait; one more is answered 429. Default 1024. */
  readonly maxWaiting?: number;
  /** Told of every error that is ours, which clients see only as "internal". */
  readonly onFault?: (error: unknown) => void;
}

/**
 * A bundle as an HTTP application, not yet listening: POST /v1/recommend, GET /v1/model, /health/live,
 * /health/ready, /metrics, /openapi.json and a page to try them at /docs. Closing it finishes what was accepted.
 */
export function createApp(bundle: Bundle, options: ServeOptions = {}): FastifyInstance {
  const { idsOnly = false, maxBatch = 64, maxWaiting = 1024, onFault = () => undefined, fallback } = options;
  const metrics = createMetrics(() => served.reduce((sum, { batcher }) => sum + batcher.waiting, 0));
  const served = [bundle, ...(fallback ? [fallback.bundle] : [])].map((each): Served => {
    return { bundle: each, batcher: new Batcher(each, { maxBatch, maxWaiting }, metrics.onBatch) };
  });
  const about = { name: bundle.manifest.name, version: version(bundle, fallback) };
  const fail = (error: unknown, reply: FastifyReply) => {
    const { status, code, message } = toHttp(error);
    if (status >= 500) onFault(error);
    if (error instanceof Overloaded) void reply.header("retry-after", "1");
    return reply.code(status).send({ error: { code, message } });
  };
  const app = fastify({
    requestTimeout: 30_000, // a client that never finishes its request gives its connection back
    frameworkErrors: (error, _request, reply) => void fail(error, reply),
  });
  app.setErrorHandler((error, _request, reply) => fail(error, reply));
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: noRoute(request.method, request.url) }),
  );
  measure(app, metrics.registry);
  closePromptly(app);
  describe(app, about);
  app.register((routes, _options, done) => {
    addRecommend(routes, (ask) => {
      const by = fallback !== undefined && fallsBack(ask, fallback.share) ? served[1]! : served[0]!;
      return recommend(by, about, ask, idsOnly);
    });
    addModel(routes, idsOnly ? about : { ...about, manifest: bundle.manifest });
    addOperations(routes, served, metrics);
    done();
  });
  return app;
}

/** While closing, each answer ends its connection: a client that keeps it open would hold the close for its timeout. */
function closePromptly(app: FastifyInstance): void {
  let closing = false;
  app.addHook("preClose", (done) => {
    closing = true;
    done();
  });
  app.addHook("onSend", (_request, reply, _payload, done) => {
    if (closing) void reply.header("connection", "close");
    done();
  });
}

function describe(app: FastifyInstance, { name, version }: Answer["model"]): void {
  app.register(fastifySwagger, {
    openapi: {
      openapi: "3.0.3",
      info: { title: `potstill: ${name}`, version },
    },
  });
  app.register(fastifySwaggerUi, { routePrefix: "/docs" });
}

function addRecommend(app: FastifyInstance, answer: (ask: Ask) => Promise<Answer>): void {
  const schema = {
    summary: "The best items for a history or a user",
    body: askJsonSchema,
    response: { 200: answerJsonSchema },
  };
  // The schema describes; readAsk validates, because it can say what to do about a mistake.
  app.post("/v1/recommend", { schema, validatorCompiler: () => () => true }, (request) =>
    answer(readAsk(request.body)),
  );
}

function addModel(app: FastifyInstance, about: object): void {
  app.get("/v1/model", { schema: { summary: "What is served" } }, () => about);
}

function addOperations(app: FastifyInstance, served: readonly Served[], { registry }: ServeMetrics): void {
  app.get("/health/live", { schema: { summary: "The process runs" } }, () => ({ status: "live" }));
  app.get("/health/ready", { schema: { summary: "The model answers" } }, () => ({ status: "ready" }));
  app.get("/metrics", { schema: { summary: "Prometheus metrics" } }, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
  // Readiness is earned before the port opens: the first answer compiles and warms the model.
  app.addHook("onReady", async () => {
    for (const { bundle } of served) await bundle.recommend([{ history: Int32Array.of(0) }], 1);
  });
}

function noRoute(method: string, url: string) {
  const message = `${method} ${url.slice(0, 80)}: expected POST /v1/recommend or another route, got none. See /docs.`;
  return { code: "not-found", message };
}
