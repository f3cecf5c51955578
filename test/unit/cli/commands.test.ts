import { describe, expect, it } from "vitest";
import { commands } from "../../../cli/commands/index.ts";
import { buildProgram } from "../../../cli/frame/program.ts";
import type { CommandFile } from "../../../cli/frame/types.ts";

describe.each(Object.entries(commands))("potstill %s", (name, entry) => {
  it("is summed up in the same words in the list and in its file", async () => {
    expect((await entry.load()).command.summary).toBe(entry.summary);
  });

  it("has examples that its own options understand", async () => {
    const { command } = await entry.load();
    const files = "subcommands" in command ? Object.values(command.subcommands) : [command];
    for (const file of files) {
      expect(file.examples.length).toBeGreaterThan(0);
      for (const example of file.examples) expect(await understood(example)).toBe(file);
    }
    expect(files[0]!.examples[0]).toContain(`potstill ${name}`);
  });
});

async function understood(example: string): Promise<CommandFile | null> {
  const [, ...argv] = example.match(/"[^"]*"|\S+/g)!.map((word) => word.replaceAll('"', ""));
  let chosen: CommandFile | null = null;
  const program = await buildProgram(commands, "0", argv, (file) => (chosen = file));
  await program.parseAsync(argv, { from: "user" });
  return chosen;
}
