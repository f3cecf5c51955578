#!/usr/bin/env node
import { createRequire } from "node:module";
import { commands } from "./commands/index.ts";
import { start } from "./frame/start.ts";

const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0); // the reader has seen enough, as in `potstill ... | head`
  throw error;
});

const exitCode = await start(commands, version, process.argv.slice(2));
process.stdout.write("", () => process.exit(exitCode)); // after what was printed is out
