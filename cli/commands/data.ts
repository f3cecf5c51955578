import pc from "picocolors";
import * as z from "zod";
import { complain } from "../../src/errors.ts";
import {
  describe,
  formats,
  importDataset,
  openDataset,
  type Description,
  type FilterRule,
  type FormatName,
  type Rules,
  type SplitRule,
} from "../../src/dataset/index.ts";
import { readOptions } from "../frame/options.ts";
import type { CommandFile, CommandGroup } from "../frame/types.ts";

const formatNames = Object.keys(formats) as [FormatName, ...FormatName[]];
const least = z.coerce.number().int().min(0);

const importSchema = z.object({
  out: z.string(),
  format: z.enum(["auto", ...formatNames]).default("auto"),
  name: z.string().optional(),
  force: z.boolean().default(false),
  userColumn: z.string().optional(),
  itemColumn: z.string().optional(),
  valueColumn: z.string().optional(),
  timeColumn: z.string().optional(),
  titles: z.string().optional(),
  titleColumns: z.string().optional(),
  minValue: z.coerce.number().optional(),
  ties: z.enum(["stored", "item"]).default("stored"),
  filter: z.enum(["none", "kcore", "one-pass"]).default("none"),
  minUser: least.optional(), // 5
  minItem: least.optional(), // 5
  split: z.enum(["leave-one-out", "ratio", "ratio-random", "temporal"]).optional(), // leave-one-out
  ratios: z.string().optional(), // 0.8,0.1,0.1
  valid: z.string().optional(),
  test: z.string().optional(),
});
type ImportFlags = z.output<typeof importSchema>;

const importCommand: CommandFile = {
  summary: "make a dataset folder from a file of interactions",
  examples: [
    "potstill data import ratings.dat --format movielens --out data/mine",
    "potstill data import clicks.csv.gz --user-column visitor --item-column sku --time-column at --out data/clicks",
    "potstill data import train.txt.gz --valid valid.txt --test test.txt --format tsv --out data/split",
    "potstill data import log.parquet --filter kcore --min-user 5 --min-item 5 --split temporal --out data/log",
  ],
  define: (command) =>
    command
      .argument("<file>", "a file of interactions; .gz is unpacked")
      .requiredOption("--out <folder>", "the dataset folder to make")
      .option("--format <name>", `auto or one of\n${formatTable()}\n(default: auto)`)
      .option("--user-column <name>", "column of users (default: user_id, userId, user, ...)")
      .option("--item-column <name>", "column of items (default: item_id, movieId, item, ...)")
      .option("--time-column <name>", "column of times (default: timestamp, time, ... if there is one)")
      .option("--value-column <name>", "column of values (default: rating, score, ... if there is one)")
      .option("--min-value <x>", "drop rows whose value is lower")
      .option("--filter <name>", "none, kcore (repeated) or one-pass (items, then users) (default: none)")
      .option("--min-user <n>", "interactions a user needs to be kept (default: 5)")
      .option("--min-item <n>", "interactions an item needs to be kept (default: 5)")
      .option("--ties <rule>", "at equal times: stored order, or item index (default: stored)")
      .option("--split <rule>", "leave-one-out, ratio, ratio-random, temporal (default: leave-one-out)")
      .option("--ratios <list>", "shares of train, validation and test (default: 0.8,0.1,0.1)")
      .option(
        "--valid <file>",
        "validation part of a split that is given as files; <file> is then the training part",
      )
      .option("--test <file>", "its test part")
      .option("--titles <file>", "tab-separated file of item ids and titles, with a header")
      .option("--title-columns <id,title>", "its columns (default: item_id,title and other usual names)")
      .option("--name <name>", "name of the dataset (default: the folder's)")
      .option("--force", "replace an existing dataset"),
  async run([file], options, io) {
    const flags = readOptions(importSchema, options);
    const began = performance.now();
    const manifest = await io.drive(
      importDataset({ ...importOptions(file!, flags, io.seed), signal: io.signal }),
    );
    const seconds = (performance.now() - began) / 1000;
    const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
    const description = describe(await openDataset(flags.out));
    const { interactions } = manifest.counts;
    const rate = Math.round(interactions / seconds).toLocaleString("en");
    return {
      json: { directory: flags.out, ...description, seconds, peakMegabytes },
      text: `${show(flags.out, description)}\n${seconds.toFixed(1)} s (${rate} interactions/s)`,
    };
  },
};

function importOptions(file: string, flags: ImportFlags, seed: number) {
  const { titles, titleColumns, name, out, format, force } = flags;
  const given = givenOf(flags);
  refuseIdle(flags, given !== null);
  return {
    source: { file, format, columns: columnsOf(flags), ...(given === null ? {} : { given }) },
    out,
    force,
    rules: rulesOf(flags, seed),
    ...(name === undefined ? {} : { name }),
    ...(titles === undefined ? {} : { titles: titlesOf(titles, titleColumns) }),
  };
}

function givenOf({ valid, test }: ImportFlags): { valid: string; test: string } | null {
  if (valid === undefined && test === undefined) return null;
  if (valid !== undefined && test !== undefined) return { valid, test };
  throw complain("usage", {
    where: "a given split",
    expected: "both --valid and --test",
    got: valid === undefined ? "--test alone" : "--valid alone",
    fix: "Name the other file too",
  });
}

/** @throws UserError "usage" for an option that would change nothing beside the others. */
function refuseIdle(
  { filter, minUser, minItem, split, ratios, titles, titleColumns }: ImportFlags,
  given: boolean,
) {
  const whole = split === undefined || split === "leave-one-out";
  const idle = [
    { flag: "--min-user", value: minUser, idle: filter === "none", wants: "--filter kcore or one-pass" },
    { flag: "--min-item", value: minItem, idle: filter === "none", wants: "--filter kcore or one-pass" },
    { flag: "--split", value: split, idle: given, wants: "no --valid and --test, which are a split" },
    {
      flag: "--ratios",
      value: ratios,
      idle: given || whole,
      wants: "--split ratio, ratio-random or temporal",
    },
    { flag: "--title-columns", value: titleColumns, idle: titles === undefined, wants: "--titles" },
  ].find(({ value, idle }) => value !== undefined && idle);
  if (idle === undefined) return;
  throw complain("usage", {
    where: idle.flag,
    expected: `${idle.wants} beside it`,
    got: String(idle.value),
    fix: "It would change nothing: add the other, or leave it out",
  });
}

function columnsOf({ userColumn, itemColumn, valueColumn, timeColumn }: ImportFlags) {
  return {
    ...(userColumn === undefined ? {} : { user: userColumn }),
    ...(itemColumn === undefined ? {} : { item: itemColumn }),
    ...(valueColumn === undefined ? {} : { value: valueColumn }),
    ...(timeColumn === undefined ? {} : { time: timeColumn }),
  };
}

function titlesOf(file: string, columns: string | undefined) {
  if (columns === undefined) return { file };
  const [id, title, ...more] = columns.split(",");
  if (title === undefined || more.length > 0) throw badList("--title-columns", "id,title", columns);
  return { file, columns: [id!, title] as const };
}

function rulesOf(flags: ImportFlags, seed: number): Rules {
  const { minValue, minUser = 5, minItem = 5, ties, split: named, ratios } = flags;
  const filter: FilterRule =
    flags.filter === "none" ? { kind: "none" } : { kind: flags.filter, user: minUser, item: minItem };
  const split: SplitRule =
    givenOf(flags) === null
      ? splitOf(named ?? "leave-one-out", ratios ?? "0.8,0.1,0.1", seed)
      : { kind: "given" };
  return { split, filter, ties, ...(minValue === undefined ? {} : { minValue }) };
}

function splitOf(split: NonNullable<ImportFlags["split"]>, ratios: string, seed: number): SplitRule {
  if (split === "leave-one-out") return { kind: split };
  const [train, valid, test, ...more] = ratios.split(",").map(Number);
  const sum = train! + valid! + test!;
  if (more.length > 0 || !(Math.abs(sum - 1) < 1e-6)) {
    throw badList("--ratios", "three numbers that sum to 1, such as 0.8,0.1,0.1", ratios);
  }
  if (split === "temporal") return { kind: split, valid: valid!, test: test! };
  const order = split === "ratio" ? "stored" : "random";
  return { kind: "ratio", train: train!, valid: valid!, order, seed };
}

function badList(where: string, expected: string, got: string): Error {
  return complain("usage", { where, expected, got, fix: "Write it with commas and without spaces" });
}

const describeCommand: CommandFile = {
  summary: "print what a dataset holds and how it was made",
  examples: ["potstill data describe data/mine", "potstill data describe data/mine --json"],
  define: (command) => command.argument("<folder>", "a dataset folder"),
  async run([folder], options) {
    readOptions(z.object({}), options);
    const description = describe(await openDataset(folder!));
    return { json: { directory: folder!, ...description }, text: show(folder!, description) };
  },
};

export const command: CommandGroup = {
  summary: "import and describe datasets",
  subcommands: { import: importCommand, describe: describeCommand },
};

function formatTable(): string {
  return formatNames.map((name) => `  ${name.padEnd(11)}${formats[name].looks}`).join("\n");
}

function show(folder: string, { counts, lengths, parts, ...rest }: Description): string {
  const whole = (n: number) => n.toLocaleString("en");
  const some = (n: number) => n.toLocaleString("en", { maximumFractionDigits: 2 });
  const percent = (n: number) => `${n.toFixed(n < 1 ? 4 : 2)}%`;
  const { averages, quintiles, rules, source } = rest;
  const lines: [string, string][] = [
    ["users", `${whole(counts.users)} (${some(averages.perUser)} interactions each on average)`],
    ["items", `${whole(counts.items)} (${some(averages.perItem)} on average), ${whole(rest.titles)} titles`],
    ["interactions", whole(counts.interactions)],
    ["sparsity", `${percent(rest.sparsityPercent)} (density ${percent(counts.densityPercent)})`],
    [
      "per user",
      `min ${lengths.min}, median ${some(lengths.median)}, mean ${some(lengths.mean)}, max ${whole(lengths.max)}`,
    ],
    ["fifths end at", `${quintiles.map(some).join(", ")}, ${whole(lengths.max)}`],
    ["train", whole(parts.train)],
    ["validation", whole(parts.valid)],
    ["test", whole(parts.test)],
    ["split", splitInWords(rest.split)],
    ["filter", rules.filter],
    ["duplicates", rules.duplicates],
    ["order", rules.order],
    ["source", `${source.file} (${source.format}), sha256 ${source.sha256}`],
    ["hash", rest.hash],
  ];
  const rows = lines.map(([label, text]) => `${pc.dim(label.padEnd(14))}${text}`);
  return [`${pc.bold(rest.name)} in ${folder}`, ...rows].join("\n");
}

function splitInWords(rule: SplitRule): string {
  switch (rule.kind) {
    case "given":
      return "given: a file for each part";
    case "leave-one-out":
      return "leave-one-out: the last item is for test, the one before for validation";
    case "ratio": {
      const order = rule.order === "stored" ? "in order" : `at random, seed ${rule.seed}`;
      return `per user ${order}: the first ${rule.train} train, the next ${rule.valid} validation`;
    }
    case "temporal":
      return `by time over all users: the last ${rule.test} test, the ${rule.valid} before validation`;
  }
}
