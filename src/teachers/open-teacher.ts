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
  const { openBundle } = await import("../export/index.ts"); // ONNX Runtime is loaded only for a local teacher
  return bundleTeacher(await openBundle(where));
}
