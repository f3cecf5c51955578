import type * as z from "zod";
import type { adapterSchema } from "./adapter.ts";

/** Services whose requests carry the history itself, by name. The URL given as teacher is what comes before `path`. */
export const presets: Readonly<Record<string, z.input<typeof adapterSchema>>> = {
  /** `potstill serve`. */
  potstill: {
    name: "potstill",
    request: { path: "/v1/recommend", body: { history: "{{history}}", k: "{{k}}" } },
    response: { items: "/items/*/id", scores: "/items/*/score", version: "/model/version" },
    filtersSeen: "yes",
  },
  /** gorse, session endpoint: nothing is written, unlike the endpoints by user. */
  "gorse-session": {
    name: "gorse-session",
    request: {
      path: "/api/session/recommend?n={{k}}",
      body: {
        $each: "history",
        $as: { FeedbackType: "read", UserId: "potstill", ItemId: "{{item}}", Timestamp: "{{time}}" },
      },
    },
    response: { items: "/*/Id", scores: "/*/Score" },
  },
  /** Metarank; the URL ends with the model: http://host:8080/recommend/MODEL. */
  metarank: {
    name: "metarank",
    request: { body: { count: "{{k}}", user: "potstill", items: "{{history}}" } },
    response: { items: "/items/*/item", scores: "/items/*/score" },
  },
  /** KServe v2 and Triton; the URL ends with the model: http://host:8000/v2/models/MODEL. Outputs: ids, then scores. */
  kserve: {
    name: "kserve",
    request: {
      path: "/infer",
      body: {
        inputs: [
          { name: "history", shape: [1, "{{length}}"], datatype: "BYTES", data: "{{history}}" },
          { name: "k", shape: [1], datatype: "INT64", data: ["{{k}}"] },
        ],
      },
    },
    response: { items: "/outputs/0/data", scores: "/outputs/1/data" },
  },
};
