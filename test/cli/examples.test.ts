/** What a page of examples/ shows is run, line by line, as it stands. */
import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { scratch } from "../unit/scratch.ts";
import { main, startNode } from "./potstill.ts";

const folder = await scratch();
const names = await readdir("examples");

/** The lines of a page's code blocks. */
const linesOf = (page: string): string[] =>
  Array.from(page.matchAll(/```\n([\s\S]*?)```/g), ([, block]) => block!.trim().split("\n")).flat();

it.each(names)("%s does what its page says", async (name) => {
  const place = folder.path(name);
  await cp(join("examples", name), place, { recursive: true });
  const lines = linesOf(await readFile(join(place, "README.md"), "utf8"));
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) {
    const [command, ...words] = line.split(" ");
    const args = command === "node" ? words : [main, ...words.slice(1)];
    expect(command === "node" || words[0] === "potstill", line).toBe(true);
    const { code, stderr } = await startNode(args, {}, place).ended;
    expect(code, `${line}\n${stderr}`).toBe(0);
  }
});
