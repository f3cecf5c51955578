/** What goes over the wire. The same zod schemas validate requests and describe them in the OpenAPI page. */
import * as z from "zod";
import { complain } from "../errors.ts";
import { parseOptions } from "../options.ts";

const id = z.union([z.string(), z.number()], "expected a string or a number").transform(String);
const ids = z.array(id).max(10_000);

const askSchema = z.object({
  history: ids
    .default([])
    .describe("item ids, oldest first; ids the model does not know are ignored and listed"),
  user: id
    .optional()
    .describe(
      "served by its own vector where the model knows it, and the history where it reads both; else from the history",
    ),
  k: z.int().min(1).max(1000).default(10).describe("how many items"),
  exclude: ids.default([]).describe("item ids never to return"),
  excludeHistory: z.boolean().default(true).describe("leave out the items of the history"),
});

const answerSchema = z.object({
  items: z.array(z.object({ id: z.string(), title: z.string().optional(), score: z.number().optional() })),
  model: z.object({ name: z.string(), version: z.string() }),
  unknown: z.array(z.string()).describe("ids of the history that the model does not know"),
});

export type Ask = z.output<typeof askSchema>;
export type Answer = z.output<typeof answerSchema>;

export const askJsonSchema = z.toJSONSchema(askSchema, { target: "draft-7", io: "input" });
export const answerJsonSchema = z.toJSONSchema(answerSchema, { target: "draft-7", io: "input" });

/** @throws UserError "usage" naming the field at fault. */
export function readAsk(body: unknown): Ask {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    const got = Array.isArray(body)
      ? "an array"
      : body === null || body === undefined
        ? "nothing"
        : `a ${typeof body}`;
    const fix = 'Send for example {"history":["10","20"],"k":10}';
    throw complain("usage", { where: "body", expected: "a JSON object", got, fix });
  }
  return parseOptions(askSchema, body as Record<string, unknown>, (key) => `body.${key}`);
}
