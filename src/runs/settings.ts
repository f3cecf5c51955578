/** One flat namespace of settings for `--set`: the model's, the task's and the loop's options together. */
import * as z from "zod";
import type { ModelOptions } from "../models/index.ts";
import { parseOptions } from "../options.ts";

/** @returns the options of each schema, defaults filled in. @throws UserError for an unknown key, naming the nearest. */
export function resolve<S extends Readonly<Record<string, z.ZodObject>>>(
  schemas: S,
  settings: Readonly<Record<string, unknown>>,
  where: string,
): { [K in keyof S]: z.output<S[K]> } {
  const entries = Object.entries(schemas);
  const merged = z.strictObject(
    Object.assign({}, ...entries.map(([, schema]) => schema.shape)) as z.ZodRawShape,
  );
  const all: ModelOptions = parseOptions(merged, settings, where);
  const parts = entries.map(([name, schema]) => {
    const own = Object.keys(schema.shape).map((key) => [key, all[key]]);
    return [name, schema.parse(Object.fromEntries(own))] as const;
  });
  return Object.fromEntries(parts) as { [K in keyof S]: z.output<S[K]> };
}
