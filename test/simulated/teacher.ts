import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the simulated teacher does with its n-th request (0-based); "ok" where it says nothing. */
export type Behaviour =
  | "ok"
  | "ids-only"
  | "order-blind" // as if the largest item of the history were its last
  | "busy-seconds" // 429, Retry-After: 0.05
  | "busy-date" // 429, Retry-After: a date one second after the Date header
  | "busy-hours" // 429, Retry-After: 7200
  | "error" // 500
  | "refuse" // 404
  | "deny" // 401
  | "hang"
  | "hang-up"
  | "not-json"
  | "wrong-types"
  | "no-list"
  | "unknown-ids"
  | "only-unknown"
  | "duplicates"
  | "short"
  | "only-seen"
  | "seen-first"
  | "empty"
  | "retrained";

export interface SimulatedTeacher {
  readonly url: string;
  /** Requests by history, joined with commas. */
  readonly asked: Map<string, number>;
  /** Histories that were answered with 200. */
  readonly answered: Map<string, number>;
  /** Most requests under way at once. */
  readonly busiest: () => number;
  readonly total: () => number;
  /** Milliseconds (of performance.now) at which requests came. */
  readonly times: readonly number[];
  close(): Promise<void>;
}

/** Its list for a history: the item after the last, and so on, round the catalogue. */
export function listFor(history: readonly string[], k: number, items: number): string[] {
  const last = Number(history.at(-1));
  return Array.from({ length: k }, (_, i) => String((last + 1 + i) % items));
}

/** A recommender behind HTTP, of the form of `potstill serve`, that misbehaves as told. */
export async function simulatedTeacher(
  items: number,
  behave: (n: number, history: readonly string[]) => Behaviour = () => "ok",
  delayMs = 0,
): Promise<SimulatedTeacher> {
  const asked = new Map<string, number>();
  const answered = new Map<string, number>();
  const times: number[] = [];
  let underWay = 0;
  let busiest = 0;
  const server = createServer((request, response) => {
    times.push(performance.now());
    const n = times.length - 1;
    busiest = Math.max(busiest, ++underWay);
    response.on("close", () => underWay--);
    void read(request).then(({ history, k }) => {
      const key = history.join();
      asked.set(key, (asked.get(key) ?? 0) + 1);
      const behaviour = behave(n, history);
      setTimeout(() => {
        const status = reply(response, behaviour, history, k, items);
        if (status === 200) answered.set(key, (answered.get(key) ?? 0) + 1);
      }, delayMs);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answered,
    times,
    busiest: () => busiest,
    total: () => times.length,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

async function read(request: IncomingMessage): Promise<{ history: string[]; k: number }> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text) as { history: string[]; k: number };
}

function reply(
  response: ServerResponse,
  behaviour: Behaviour,
  history: readonly string[],
  k: number,
  items: number,
): number | null {
  const send = (status: number, body: unknown, headers: Record<string, string> = {}) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
    return status;
  };
  const list = listFor(history, k, items);
  const scored = list.map((id, rank) => ({ id, score: 1 / (rank + 1) }));
  const model = { name: "simulated", version: behaviour === "retrained" ? "v2" : "v1" };
  const ids = (of: readonly string[]) => send(200, { items: of.map((id) => ({ id })), model });
  const date = new Date(Math.floor(new Date().getTime() / 1000) * 1000);
  switch (behaviour) {
    case "ok":
    case "retrained":
      return send(200, { items: scored, model });
    case "ids-only":
      return ids(list);
    case "order-blind":
      return ids(listFor([String(Math.max(...history.map(Number)))], k, items));
    case "busy-seconds":
      return send(429, { error: "busy" }, { "retry-after": "0.05" });
    case "busy-date":
      return send(429, "busy", {
        date: date.toUTCString(),
        "retry-after": new Date(date.getTime() + 1000).toUTCString(),
      });
    case "busy-hours":
      return send(429, "come back", { "retry-after": "7200" });
    case "error":
      return send(500, "oops");
    case "refuse":
      return send(404, { error: "no such model" });
    case "deny":
      return send(401, { error: "key expired" });
    case "hang":
      return null;
    case "hang-up":
      response.destroy();
      return null;
    case "not-json":
      return send(200, "<html>login</html>");
    case "wrong-types":
      return send(200, { items: [{ id: { nested: true } }], model });
    case "no-list":
      return send(200, { message: "fine" });
    case "unknown-ids":
      return ids(["nobody", ...list.slice(1)]);
    case "only-unknown":
      return ids(["nobody", "knows"]);
    case "duplicates":
      return ids([list[0]!, list[0]!, ...list.slice(2)]);
    case "only-seen":
      return ids(history);
    case "seen-first":
      return ids([history.at(-1)!, ...list]);
    case "short":
      return ids(list.slice(0, 2));
    case "empty":
      return ids([]);
  }
}
