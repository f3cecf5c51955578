import { Command, type CommanderError } from "commander";
import { UserError } from "../../src/errors.ts";
import type { CommandEntry, CommandFile, CommandGroup } from "./types.ts";

/** Called with the command the user chose. */
export type Choose = (file: CommandFile, args: readonly string[], options: Record<string, unknown>) => void;

/** @returns the whole program; only the commands named in `argv` are loaded, the others are a name and a summary. */
export async function buildProgram(
  entries: Readonly<Record<string, CommandEntry>>,
  version: string,
  argv: readonly string[],
  choose: Choose,
): Promise<Command> {
  const program = ours(new Command("potstill"))
    .description("Distil recommender systems: a teacher in; a small, fast student you own out.")
    .version(version, "--version", "print the version")
    .enablePositionalOptions() // so that a command may take another one, options and all
    .configureHelp({ helpWidth: 110 });
  const named = argv.filter((word) => !word.startsWith("-")).slice(0, 2); // two: "help train" names one as well
  for (const [name, entry] of Object.entries(entries)) {
    const child = program.command(name).description(entry.summary);
    if (named.includes(name)) fill(ours(child), (await entry.load()).command, choose);
  }
  return program;
}

function fill(command: Command, content: CommandFile | CommandGroup, choose: Choose): void {
  if ("subcommands" in content) {
    for (const [name, file] of Object.entries(content.subcommands)) {
      define(ours(command.command(name).description(file.summary)), file, choose);
    }
  } else define(command, content, choose);
}

function define(command: Command, file: CommandFile, choose: Choose): void {
  file.define(command);
  command
    .option("--json", "print exactly one JSON object on stdout; everything else goes to stderr")
    .option("--seed <n>", "seed of everything random (default: 0)")
    .option("--quiet", "say nothing on stderr but errors")
    .addHelpText("before", `Examples:\n${file.examples.map((line) => `  ${line}\n`).join("")}`)
    .action(() => choose(file, command.args, command.opts()));
}

/** Errors are thrown in our words instead of printed, and end the process nowhere but in one place. */
function ours(command: Command): Command {
  return command.configureOutput({ outputError: () => undefined }).exitOverride((error) => {
    throw error.exitCode === 0 || error.code === "commander.help" ? error : reworded(command, error);
  });
}

function reworded(command: Command, error: CommanderError): UserError {
  const path = fullName(command);
  const [problem, hint] = error.message.replace(/^error: /, "").split("\n");
  const help = `Run "${path} --help" to see what it takes.`;
  const end = hint === undefined ? help : `${hint.slice(1, -1)} ${help}`; // the hint stands in parentheses
  return new UserError("usage", `${path}: ${problem!.replace(/\.$/, "")}. ${end}`);
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}
