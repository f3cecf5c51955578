#!/usr/bin/env node
import { createRequire } from "node:module";
import { start } from "./frame/start.ts";
import type { CommandEntry } from "./frame/types.ts";

const load = async (name: string) =>
  (await import(`./commands/${name}.ts`)) as Awaited<ReturnType<CommandEntry["load"]>>;

/** Every command, in the order of a first use. */
const commands: Readonly<Record<string, CommandEntry>> = {
  demo: { summary: "the whole story on a made-up shop, offline", load: () => load("demo") },
  data: { summary: "import and describe datasets", load: () => load("data") },
  train: { summary: "train a recommender", load: () => load("train") },
  serve: { summary: "serve a bundle over HTTP", load: () => load("serve") },
  probe: { summary: "ask a teacher for its lists within a budget", load: () => load("probe") },
  distill: { summary: "train a student from a teacher's signals", load: () => load("distill") },
  evaluate: { summary: "measure a bundle on a dataset", load: () => load("evaluate") },
  compare: { summary: "test whether bundles differ on a dataset", load: () => load("compare") },
  report: { summary: "write one HTML page about a bundle", load: () => load("report") },
  recommend: { summary: "recommend items for one history or user", load: () => load("recommend") },
  doctor: { summary: "check this machine and say what to fix", load: () => load("doctor") },
};

const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0); // the reader has seen enough, as in `potstill ... | head`
  throw error;
});

const exitCode = await start(commands, version, process.argv.slice(2));
process.stdout.write("", () => process.exit(exitCode)); // after what was printed is out
