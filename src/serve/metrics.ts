import type { FastifyInstance } from "fastify";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { BatchListener } from "./batcher.ts";

export interface ServeMetrics {
  readonly registry: Registry;
  readonly onBatch: BatchListener;
}

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Time in the queue is told apart from time in the model: the first is cured by more servers, the second is not. */
export function createMetrics(waiting: () => number): ServeMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const queue = histogram(
    "potstill_queue_seconds",
    "Longest wait of a batch before the model took it",
    seconds,
  );
  const compute = histogram("potstill_compute_seconds", "Time of one model call", seconds);
  const batch = histogram(
    "potstill_batch_size",
    "Requests answered by one model call",
    [1, 2, 4, 8, 16, 32, 64],
  );
  new Gauge({
    name: "potstill_waiting_requests",
    help: "Requests waiting for the model now",
    registers,
    collect() {
      this.set(waiting());
    },
  });
  return {
    registry,
    onBatch: (size, waited, computed) => {
      batch.observe(size);
      queue.observe(waited);
      compute.observe(computed);
    },
  };

  function histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name, help, buckets, registers });
  }
}

/** Counts and times every request by route, method and status. */
export function measure(app: FastifyInstance, registry: Registry): void {
  const labelNames = ["route", "method", "status"] as const;
  const registers = [registry];
  const count = new Counter({
    name: "potstill_requests_total",
    help: "Requests answered",
    labelNames,
    registers,
  });
  const time = new Histogram({
    name: "potstill_request_seconds",
    help: "Time from request to answer",
    labelNames: ["route"] as const,
    buckets: seconds,
    registers,
  });
  app.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url ?? "none"; // never the raw path: one label per typo would fill the memory
    count.inc({ route, method: request.method, status: String(reply.statusCode) });
    time.observe({ route }, reply.elapsedTime / 1000);
    done();
  });
}
