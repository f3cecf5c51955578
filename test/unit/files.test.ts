/** Folders that are written as a whole: what is in the way stays as it is. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { lstat, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { draftFolder, hold, refuseForeign } from "../../src/files.ts";
import { scratch } from "./scratch.ts";

const folder = await scratch();
const kind = { what: "thing", files: ["manifest.json"], also: /^extra-\d$/ };

async function made(name: string, ...files: string[]): Promise<string> {
  const path = folder.path(name);
  await mkdir(path, { recursive: true });
  for (const file of files) await writeFile(join(path, file), "");
  return path;
}

it("a draft takes the place of what is of its kind, where that is forced", async () => {
  const path = await made("old", "manifest.json", "extra-1");
  await expect(draftFolder(path, { ...kind, force: false })).rejects.toThrow("got an existing thing. Choose another name, or pass --force"); // prettier-ignore
  const draft = await draftFolder(path, { ...kind, force: true });
  await writeFile(join(draft.path, "new"), "");
  await draft.publish();
  expect(await readdir(path)).toEqual(["new"]);
});

it("never of anything else, nor of what has more in it than its kind", async () => {
  const foreign = await made("foreign", "thesis.txt");
  await expect(draftFolder(foreign, { ...kind, force: true })).rejects.toThrow("got something else");
  const mixed = await made("mixed", "manifest.json", "extra-1", "notes.txt");
  await expect(draftFolder(mixed, { ...kind, force: true })).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining("got thing and other things: notes.txt") as string,
  });
  expect(await readdir(mixed)).toHaveLength(3);
});

it("follows a link, and calls a file a file", async () => {
  const [real, link] = [await made("real"), folder.path("link")];
  await symlink(real, link);
  const draft = await draftFolder(link, { ...kind, force: false });
  await writeFile(join(draft.path, "manifest.json"), "");
  await draft.publish();
  expect(await readdir(real)).toEqual(["manifest.json"]);
  expect((await lstat(link)).isSymbolicLink()).toBe(true);
  const file = join(real, "manifest.json");
  await expect(draftFolder(file, { ...kind, force: true })).rejects.toThrow("got a file.");
});

it.each(["", "  ", ".", "..", process.cwd()])(
  "nor of %j, which this process works in or which is no folder",
  async (target) => {
    for (const ask of [
      () => draftFolder(target, { ...kind, force: true }),
      () => refuseForeign(target, ["manifest.json"]),
    ])
      await expect(ask()).rejects.toMatchObject({ code: "usage" });
  },
);

it("one holds a file at a time, in a folder that is made; who ended holds nothing", async () => {
  const file = folder.path("locks/bundle.lock");
  const release = await hold(file, "bundles/mine");
  expect(await readFile(file, "utf8")).toBe(String(process.pid));
  await expect(hold(file, "bundles/mine")).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining(
      `bundles/mine: expected nobody else to write it now, got process ${process.pid}`,
    ) as string,
  });
  await release();
  expect(existsSync(file)).toBe(false);
  const ended = spawnSync(process.execPath, ["-e", ""]).pid;
  await writeFile(file, String(ended));
  await (
    await hold(file, "bundles/mine")
  )();
  await writeFile(folder.path("a-file"), "");
  await expect(hold(folder.path("a-file/bundle.lock"), "it")).rejects.toMatchObject({ code: "io" });
});
