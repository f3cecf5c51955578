import type { Command } from "commander";
import type { Run } from "../../src/events.ts";

/** What a command may use of the outside world. Results go to stdout by returning them; all else goes to stderr. */
export interface Io {
  readonly seed: number;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Aborted at the first SIGINT or SIGTERM: save and stop. A second one ends the process at once. */
  readonly signal: AbortSignal;
  /** Runs to the end, showing its events: a bar on a terminal, plain lines elsewhere, nothing with --quiet. */
  drive<R>(run: Run<R>): Promise<R>;
  /** One line to stderr unless --quiet. */
  note(text: string): void;
}

export interface Output {
  /** Printed with --json as exactly one object {"schema":1, ...json} on stdout. */
  readonly json: Record<string, unknown>;
  /** Printed to stdout otherwise. Nothing is printed when empty. */
  readonly text: string;
  /** 0 unless said otherwise; 1 = a check found a problem; 3 = budget exhausted with work left. */
  readonly exitCode?: 0 | 1 | 3;
  /** A server goes on after its output is printed: settles when it has stopped. */
  readonly running?: Promise<void>;
}

/** One file per command in cli/commands; listed by hand in cli/commands/index.ts and loaded only when asked for. */
export interface CommandFile {
  readonly summary: string;
  /** Complete command lines; help prints them first. */
  readonly examples: readonly string[];
  /** Adds this command's own arguments and options (the shared --json --seed --quiet are there already). */
  define(command: Command): void;
  /**
   * @param options this command's own options as commander parsed them (camelCase), without the shared ones.
   *   Validate them with {@link readOptions}; throw UserError("usage", ...).
   */
  run(args: readonly string[], options: Record<string, unknown>, io: Io): Promise<Output>;
}

/** A command made of subcommands: `potstill data import`, `potstill data describe`. */
export interface CommandGroup {
  readonly summary: string;
  readonly subcommands: Readonly<Record<string, CommandFile>>;
}

/** A line of the list in cli/commands/index.ts: the summary stands here too, so that help loads no command. */
export interface CommandEntry {
  readonly summary: string;
  load(): Promise<{ command: CommandFile | CommandGroup }>;
}
