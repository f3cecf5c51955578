import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { datasetFromLists, type Dataset } from "../../../src/dataset/index.ts";
import { httpTeacher, loadAdapter, type ProbeOptions, type Teacher } from "../../../src/teachers/index.ts";

/** `users` histories of `length` + 2 items each (two go to validation and test), all of them different. */
export function shop(users: number, length: number, items = 50): Dataset {
  return datasetFromLists(
    Array.from({ length: users }, (_, u) =>
      Array.from({ length: length + 2 }, (_, i) => (u * 7 + i * (1 + (u % 3))) % items),
    ),
    { items },
  );
}

export async function potstillAt(url: string): Promise<Teacher> {
  return httpTeacher(url, await loadAdapter("potstill"), {});
}

/** A fresh folder path that does not exist yet, and its removal. */
export function freshFolder(): { path: string; remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), "potstill-probe-"));
  return { path: join(root, "signal"), remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** Quick and small: no pauses worth waiting for. */
export function probeOptions(
  dataset: Dataset,
  teacher: Teacher,
  out: string,
  changes: Partial<ProbeOptions> = {},
): ProbeOptions {
  return {
    dataset,
    teacher,
    out,
    k: 5,
    share: 1,
    seed: 0,
    budget: null,
    scales: [0.5],
    maxLength: 200,
    prefixViews: false,
    qps: null,
    concurrency: 4,
    timeoutMs: 5000,
    retries: 3,
    pauseMs: 1,
    signal: new AbortController().signal,
    ...changes,
  };
}
