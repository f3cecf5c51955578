import { existsSync } from "node:fs";
import { complain } from "../errors.ts";
import { loadAdapter } from "./adapter.ts";
import { bundleTeacher } from "./bundle-teacher.ts";
import { httpTeacher } from "./http-teacher.ts";
import type { Teacher } from "./teacher.ts";

export interface TeacherOptions {
  /** A preset's name or a JSON file; for URLs only. */
  readonly adapter?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Opens what --teacher names: a URL, or the folder of a bundle.
 * @throws UserError "usage", "not-found" or "input".
 */
export async function openTeacher(where: string, options: TeacherOptions): Promise<Teacher> {
  if (/^[a-z]+:\/\//i.test(where)) {
    return httpTeacher(where, await loadAdapter(options.adapter ?? "potstill"), options.environment);
  }
  if (/^[\w.-]+:\d+(\/|$)/.test(where) && !existsSync(where)) throw withoutScheme(where);
  if (options.adapter !== undefined) throw idleAdapter(options.adapter);
  const { openBundle } = await import("../export/index.ts"); // ONNX Runtime is loaded only for a local teacher
  return bundleTeacher(await openBundle(where));
}

const withoutScheme = (got: string) =>
  complain("usage", {
    where: "--teacher",
    expected: "a URL that starts with http:// or https://, or the folder of a bundle",
    got,
    fix: `Write http://${got}`,
  });

const idleAdapter = (got: string) =>
  complain("usage", {
    where: "--adapter",
    expected: "a URL as --teacher beside it",
    got,
    fix: "It would change nothing: give the teacher's URL, or leave it out",
  });
