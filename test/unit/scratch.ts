import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";

/** A folder for this test file, gone when it ends. */
export async function scratch(): Promise<{ path: (name: string) => string; write: Write }> {
  const folder = await mkdtemp(join(tmpdir(), "potstill-test-"));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const path = (name: string) => join(folder, name);
  const write: Write = async (name, content) => {
    await mkdir(dirname(path(name)), { recursive: true });
    await writeFile(path(name), content);
    return path(name);
  };
  return { path, write };
}

/** @returns the path of the written file. */
type Write = (name: string, content: string | Uint8Array) => Promise<string>;
