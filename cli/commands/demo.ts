import { writeFile } from "node:fs/promises";
import * as z from "zod";
import { UserError } from "../../src/errors.ts";
import { draftFolder } from "../../src/files.ts";
import { readReportData, renderReport } from "../../src/report/index.ts";
import { readOptions } from "../frame/options.ts";
import type { CommandFile, Io, Output } from "../frame/types.ts";
import { gainsOf, linesOf } from "../steps/demo/findings.ts";
import { numbersOf } from "../steps/demo/numbers.ts";
import { small, standard, students, type DemoSettings } from "../steps/demo/settings.ts";
import { showDemo } from "../steps/demo/show.ts";
import { places, tell } from "../steps/demo/story.ts";

const enough = (least: number) => {
  const expected = `expected a whole number of at least ${least}`;
  return z.coerce.number(expected).int(expected).min(least, expected);
};
const port = "expected a port from 0 to 65535";
const schema = z.object({
  out: z.string().default("demo-run"),
  users: enough(100).optional(),
  items: enough(100).optional(),
  small: z.boolean().default(false),
  port: z.coerce.number(port).int(port).min(0, port).max(65535, port).default(0),
});
type Flags = z.output<typeof schema>;

export const command: CommandFile = {
  summary: "the whole story on a made-up shop, offline",
  examples: ["potstill demo", "potstill demo --small --out shop-demo", "potstill demo --users 5000 --seed 7"],
  define: (command) =>
    command
      .option(
        "--out <folder>",
        "where everything goes; an earlier demo there is replaced (default: demo-run)",
      )
      .option("--users <n>", "users of the shop (default: 3000)")
      .option("--items <n>", "items of the shop (default: 800)")
      .option("--small", "a smaller shop, done in half a minute")
      .option("--port <n>", "port of the teacher's server; 0 takes any free one (default: 0)"),
  async run(_args, options, io) {
    const flags = readOptions(schema, options);
    const draft = await draftFolder(flags.out, {
      what: "demo",
      files: ["demo.json"],
      also: /^(data|signals|bundles|report\.html)$/,
      force: true,
    });
    try {
      const output = await make(draft.path, flags, io);
      await draft.publish();
      return output;
    } catch (error) {
      throw io.signal.aborted ? stopped(flags.out) : error;
    } finally {
      await draft.discard();
    }
  },
};

/** Everything in the draft, told as what it will be called. */
async function make(home: string, flags: Flags, io: Io): Promise<Output> {
  const settings = settingsOf(flags);
  const told = await tell(home, settings, flags.port, io);
  const lines = linesOf(told);
  const gains = gainsOf(lines, io.seed);
  const numbers = numbersOf(flags.out, settings, io.seed, told, lines, gains);
  await writeReport(home, flags.out);
  await writeFile(places(home).numbers, `${JSON.stringify({ schema: 1, ...numbers }, null, 2)}\n`);
  return { json: numbers, text: showDemo(flags.out, told, lines, gains) };
}

function settingsOf(flags: Flags): DemoSettings {
  const chosen = flags.small ? small : standard;
  const { users = chosen.shop.users, items = chosen.shop.items } = flags;
  return { ...chosen, shop: { users, items } };
}

async function writeReport(home: string, out: string): Promise<void> {
  const [subject, ...others] = ["teacher", ...students.map(({ name }) => name)].reverse();
  const { bundle, report } = places(home);
  const read = await readReportData(bundle(subject!), others.reverse().map(bundle));
  const named = (name: string) => places(out).bundle(name);
  const data = {
    ...read,
    subject: { ...read.subject, directory: named(read.subject.name) },
    others: read.others.map((other) => ({ ...other, directory: named(other.name) })),
  };
  await writeFile(report, renderReport(data));
}

function stopped(out: string): UserError {
  return new UserError("interrupted", `demo: stopped, nothing was written to ${out}. Run it again.`);
}
