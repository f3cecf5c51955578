import { readFile } from "node:fs/promises";
import * as z from "zod";
import { complain, UserError } from "../errors.ts";
import { mismatch, nearest } from "../options.ts";
import { presets } from "./presets.ts";
import { fillPath, fillTemplate, type Json } from "./template.ts";

const json: z.ZodType<Json> = z.json();
const pointer = z.string().regex(/^(\/.*)?$/, 'a path such as "/items/*/id"');

export const adapterSchema = z.strictObject({
  name: z.string().min(1),
  request: z.strictObject({
    method: z.enum(["GET", "POST", "PUT"]).default("POST"),
    /** Appended to the teacher's URL; placeholders in it are URL-encoded. */
    path: z
      .string()
      .regex(/^([/?].*)?$/, 'a path such as "/recommend", or nothing')
      .default(""),
    /** Values may hold ${env:NAME}: secrets come from the environment alone. */
    headers: z.record(z.string(), z.string()).default({}),
    body: json.optional(),
  }),
  response: z.strictObject({
    /** JSON pointers into the answer; `*` stands for every element of a list. */
    items: pointer,
    scores: pointer.optional(),
    version: pointer.optional(),
  }),
  /** Version of the model, where the answers do not tell it. */
  version: z.string().default("unknown"),
  maxK: z.int().positive().default(1000),
  maxConcurrency: z.int().positive().default(64),
  costPerCall: z.number().nonnegative().nullable().default(null),
  filtersSeen: z.enum(["yes", "no", "configurable", "unknown"]).default("unknown"),
});

/** How to ask one HTTP service and where its answer holds the list. */
export type Adapter = z.output<typeof adapterSchema>;

/**
 * @param nameOrPath a preset's name or a JSON file.
 * @throws UserError "not-found" or "input" that names the field at fault.
 */
export async function loadAdapter(nameOrPath: string): Promise<Adapter> {
  const preset = Object.hasOwn(presets, nameOrPath) ? presets[nameOrPath] : undefined;
  const raw = preset ?? (await readJson(nameOrPath));
  const parsed = adapterSchema.safeParse(raw);
  if (!parsed.success) throw wrongField(nameOrPath, raw, parsed.error);
  tryTemplates(nameOrPath, parsed.data);
  return parsed.data;
}

/** The first problem alone; an unknown field comes before the one that it was meant to be. */
function wrongField(file: string, raw: unknown, { issues }: z.ZodError): UserError {
  const unknown = issues.find(({ code }) => code === "unrecognized_keys");
  const issue = unknown ?? issues[0]!;
  const at = issue.path.join(".");
  const { shape } = at === "request" || at === "response" ? adapterSchema.shape[at] : adapterSchema;
  const meant = issue.code === "unrecognized_keys" ? nearest(issue.keys[0]!, Object.keys(shape)) : undefined;
  return complain("input", {
    where: at === "" ? file : `${file}, ${at}`,
    ...mismatch(issue, raw),
    fix: `${meant === undefined ? "Correct the file" : `Write "${meant}"`}; docs/adapters.md has an example`,
  });
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch(() => {
    throw complain("not-found", {
      where: "--adapter",
      expected: `a JSON file or one of ${Object.keys(presets).join(", ")}`,
      got: path,
      fix: "Check the path",
    });
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw complain("input", {
      where: path,
      expected: "JSON",
      got: error instanceof Error ? error.message : "something else",
      fix: "Correct the file",
    });
  }
}

/** Fills the templates, so that a misspelt placeholder, or a request that says nothing of the history, fails before the first call. */
function tryTemplates(where: string, { request }: Adapter): void {
  const asked = (history: readonly string[]) => [
    fillPath(request.path, history, 3),
    request.body === undefined ? null : fillTemplate(request.body, history, 3),
  ];
  try {
    const [one, other] = [asked(["1", "2"]), asked(["3", "4"])];
    if (JSON.stringify(one) === JSON.stringify(other)) throw withoutHistory();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError("input", `${where}: ${error.message}`, { cause: error });
  }
}

const withoutHistory = () =>
  complain("input", {
    where: "request",
    expected: "a path or body that holds the history",
    got: "the same request for every history",
    fix: 'Name it with "{{history}}", or with {"$each": "history", "$as": ...}',
  });

/**
 * @returns headers with every ${env:NAME} replaced.
 * @throws UserError "input" for a variable that is not set.
 */
export function resolveHeaders(
  headers: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const resolve = (value: string) =>
    value.replace(/\$\{env:([^}]*)\}/g, (_, name: string) => {
      const found = environment[name];
      if (found !== undefined && found !== "") return found;
      throw complain("input", {
        where: `environment variable ${name}`,
        expected: "the secret the adapter names",
        got: "nothing",
        fix: `Set it and run again: ${name}=... potstill probe ...`,
      });
    });
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, resolve(value)]));
}
