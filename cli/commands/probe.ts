import Table from "cli-table3";
import pc from "picocolors";
import * as z from "zod";
import { lengthOf, openDataset } from "../../src/dataset/index.ts";
import { complain } from "../../src/errors.ts";
import { cutoff, fewestUsers } from "../../src/runs/index.ts";
import type { ProbeCounts } from "../../src/signals/index.ts";
import {
  checkLength,
  forecast,
  openTeacher,
  prepareQuestions,
  requireRoomForProbe,
  probe,
  type Forecast,
  type QuestionOptions,
  type Teacher,
} from "../../src/teachers/index.ts";
import { readOptions } from "../frame/options.ts";
import type { CommandFile, Io, Output } from "../frame/types.ts";

const whole = "expected a whole number of at least 1";
const count = z.coerce.number(whole).int(whole).min(1, whole);
const positive = z.coerce.number("expected a number above 0").positive("expected a number above 0");
const share = "expected a number above 0, at most 1";

const sources = ["owned", "random", "autoregressive"] as const;

const rests = ["prefixes", "items", "walks"] as const;

const schema = z.object({
  teacher: z.string(),
  data: z.string(),
  out: z.string(),
  dryRun: z.boolean().default(false),
  budget: count.optional(),
  qps: positive.optional(),
  users: z.coerce.number(share).gt(0, share).max(1, share).default(1),
  k: count.default(100),
  scales: z.string().default(".25,.5,.75"),
  queries: z.enum(sources, `expected one of ${sources.join(", ")}`).default("owned"),
  views: z.enum(["suffix", "drop", "none"], 'expected "suffix", "drop" or "none"').optional(),
  rest: z.enum(rests, `expected one of ${rests.join(", ")}`).default("prefixes"),
  prefixViews: z.boolean().default(false),
  pilot: count.optional(),
  maxLength: count.default(200),
  adapter: z.string().optional(),
  timeout: positive.default(30),
  concurrency: count.default(16),
  costPerCall: z.coerce.number("expected an amount of money").nonnegative().optional(),
});
type Flags = z.output<typeof schema>;

export const command: CommandFile = {
  summary: "ask a teacher for its lists within a budget",
  examples: [
    "potstill probe --teacher http://127.0.0.1:8080 --data data/mine --out signals/mine --dry-run",
    "potstill probe --teacher http://127.0.0.1:8080 --data data/mine --out signals/pilot --pilot 500 --dry-run",
    "potstill probe --teacher http://127.0.0.1:8080 --data data/mine --out signals/mine --budget 30000 --qps 200",
    "potstill probe --teacher bundles/teacher --data data/mine --out signals/mine --users 0.1 --seed 7",
    "potstill probe --teacher http://127.0.0.1:8080 --data data/mine --out signals/blind --queries autoregressive --budget 100000 --max-length 50",
    "potstill probe --teacher https://api.example.com --adapter my-api.json --data data/mine --out signals/mine",
  ],
  define: (command) =>
    command
      .requiredOption("--teacher <url|folder>", "a recommender behind HTTP, or a bundle")
      .requiredOption("--data <folder>", "the dataset whose training histories are asked")
      .requiredOption("--out <folder>", "the signal to make, or to go on with")
      .option("--dry-run", "say what it would cost and ask nothing")
      .option("--budget <n>", "answers that may be paid, over all runs (default: full histories and views)")
      .option("--qps <n>", "queries per second at most (default: no limit)")
      .option("--users <share>", "share of the users that is ours, drawn with --seed (default: 1)")
      .option("-k, --k <n>", "items per list (default: 100)")
      .option("--scales <list>", "shares of a history its views keep (default: .25,.5,.75)")
      .option(
        "--queries <kind>",
        "owned histories; or invented ones of --max-length items, random or autoregressive (default: owned)",
      )
      .option(
        "--views <kind>",
        "suffix, drop at random, or none to spend all on histories and prefixes (default: suffix)",
      )
      .option(
        "--rest <kind>",
        "what the budget buys after histories and views: prefixes; or, about users that are not ours, items of the catalogue alone, or walks that begin with them and go on with the teacher's own lists (default: prefixes)",
      )
      .option("--prefix-views", "views of prefixes too")
      .option(
        "--pilot <n>",
        "ask only n random users, each with all views and once in random order: enough for potstill diagnose",
      )
      .option("--max-length <n>", "most recent items of a history that are sent (default: 200)")
      .option(
        "--adapter <name|file>",
        "how to ask over HTTP: potstill, gorse-session, metarank, kserve or a JSON file",
      )
      .option("--timeout <seconds>", "for one call (default: 30)")
      .option("--concurrency <n>", "calls at once (default: 16)")
      .option("--cost-per-call <amount>", "money per answer, for the dry run"),
  async run(_args, options, io) {
    const flags = readOptions(schema, options);
    const teacher = await openTeacher(flags.teacher, {
      environment: process.env,
      ...(flags.adapter !== undefined && { adapter: flags.adapter }),
    });
    try {
      const asked = await questionsOf(flags, io.seed);
      if (flags.pilot !== undefined) refuseSmallPilot(asked);
      if (flags.dryRun) {
        checkLength(flags.k, teacher); // as the probe itself does, and so is its room
        await requireRoomForProbe({ ...asked, out: flags.out });
        return dryRun(flags, await forecast(asked, teacher, flags.out), teacher);
      }
      return await ask(flags, asked, teacher, io);
    } finally {
      await teacher.close();
    }
  },
};

async function questionsOf(flags: Flags, seed: number): Promise<QuestionOptions> {
  const { k, users, budget, maxLength, prefixViews, pilot } = flags;
  const queries = flags.queries === "owned" ? undefined : flags.queries;
  if (queries !== undefined) refuseViews(flags);
  const views = flags.views ?? (queries === undefined ? "suffix" : "none");
  if (pilot !== undefined && (views === "none" || prefixViews)) throw noPilot(views);
  const scales = views === "none" ? [] : readScales(flags.scales);
  const dataset = await openDataset(flags.data);
  const { rest } = flags;
  if (rest !== "prefixes" && (queries !== undefined || pilot !== undefined || budget === undefined))
    throw noRest(flags);
  const asked = { dataset, k, share: users, seed, budget: budget ?? null, scales, maxLength, prefixViews };
  return { ...asked, rest, pilot, queries, views: views === "none" ? undefined : views };
}

/** Views and pilots are for a diagnosis, which wants to know what users did next. */
function refuseViews({ queries, views, prefixViews, pilot }: Flags): void {
  const given = { "--views": views !== undefined && views !== "none", "--prefix-views": prefixViews };
  const all = { ...given, "--pilot": pilot !== undefined };
  const flag = Object.entries(all).find(([, there]) => there)?.[0];
  if (flag === undefined) return;
  throw complain("usage", {
    where: "--queries",
    expected: "owned histories, which have views and pilots",
    got: `${queries} and ${flag}`,
    fix: `Leave ${flag} out`,
  });
}

function noRest({ rest, queries, pilot }: Flags) {
  const flag = queries === "owned" ? "--pilot" : `--queries ${queries}`;
  const unlimited = queries === "owned" && pilot === undefined;
  return complain("usage", {
    where: `--rest ${rest}`,
    expected: `a --budget that is to buy owned histories first, then ${rest}`,
    got: unlimited ? "no --budget" : flag,
    fix: unlimited ? "Give one, for example --budget 30000" : `Leave ${flag} out`,
  });
}

function noPilot(views: Flags["views"]) {
  return complain("usage", {
    where: "--pilot",
    expected: "histories with their views, which is what a diagnosis reads",
    got: views === "none" ? "--views none" : "--prefix-views",
    fix: "Leave one of the two out",
  });
}

/** One that `potstill diagnose` would refuse is not paid. */
function refuseSmallPilot(asked: QuestionOptions): void {
  const { plan, k } = prepareQuestions(asked);
  if (k < cutoff)
    throw complain("usage", {
      where: "--k",
      expected: `at least ${cutoff} with --pilot: potstill diagnose reads NDCG@${cutoff}`,
      got: String(k),
      fix: `Ask for ${cutoff} or more`,
    });
  const { user, base, view } = plan.rows;
  const isView = (r: number) => base[r]! >= 0 && view[r] !== "shuffle";
  const measured = user.filter((u, r) => isView(r) && lengthOf(asked.dataset.valid, u) > 0);
  const users = new Set(measured).size;
  if (users >= fewestUsers) return;
  throw complain("usage", {
    where: "--pilot",
    expected: `at least ${fewestUsers} users with views and a known next item, which potstill diagnose needs`,
    got: String(users),
    fix: "Raise --pilot, or --users or --budget where these are what is small",
  });
}

function readScales(text: string): number[] {
  const scales = text.split(",").map(Number);
  if (scales.every((scale) => scale > 0 && scale < 1)) return scales;
  throw complain("usage", {
    where: "--scales",
    expected: "numbers between 0 and 1, separated by commas",
    got: text,
    fix: "Write for example --scales .25,.5,.75",
  });
}

async function ask(flags: Flags, asked: QuestionOptions, teacher: Teacher, io: Io): Promise<Output> {
  const manifest = await io.drive(
    probe({
      ...asked,
      teacher,
      out: flags.out,
      qps: flags.qps ?? null,
      concurrency: flags.concurrency,
      timeoutMs: flags.timeout * 1000,
      signal: io.signal,
    }),
  );
  const left = manifest.counts.left ?? 0;
  if (left > 0) io.note(pc.yellow(`The budget is spent; ${number(left)} queries are left. Raise --budget.`));
  return {
    json: { out: flags.out, ...manifest },
    text: `${countsTable(manifest.counts)}\n${flags.out}: ready for ${nextStep(flags)}`,
    exitCode: left > 0 ? 3 : 0,
  };
}

const nextStep = ({ pilot, out, data }: Flags): string =>
  pilot === undefined ? "potstill distill --signals" : `potstill diagnose --signals ${out} --data ${data}`;

function dryRun(flags: Flags, { byView, cached, queries, left }: Forecast, teacher: Teacher): Output {
  const price = flags.costPerCall ?? teacher.capabilities.costPerCall;
  const minutes = flags.qps === undefined ? null : queries / flags.qps / 60;
  const cost = price === null ? null : queries * price;
  const table = plainTable([
    ["full histories", number(byView.full)],
    ["views", number(byView.suffix + byView.drop)],
    ["shuffled histories", number(byView.shuffle)],
    ["prefixes", number(byView.prefix)],
    ["items alone", number(byView.item)],
    ["walks", number(byView.walk)],
    ["already in the ledger", number(cached)],
    ["queries to pay", number(queries)],
    ["no room for", number(left)],
    ["minutes", minutes === null ? "unknown without --qps" : minutes.toFixed(1)],
    ["money", cost === null ? "unknown without --cost-per-call" : cost.toFixed(2)],
  ]);
  return {
    json: {
      dryRun: true,
      ...(flags.pilot !== undefined && { pilot: flags.pilot }),
      teacher: teacher.endpoint,
      queries: { ...byView, total: queries },
      cached,
      left,
      minutes,
      cost,
    },
    text: `${table}\nNothing was asked.`,
  };
}

const labels: { readonly [C in keyof Omit<ProbeCounts, "reasons">]-?: string } = {
  planned: "planned queries",
  paid: "paid answers",
  cached: "already in the ledger",
  failed: "without a usable answer",
  retries: "retries",
  unknownIds: "unknown ids, dropped",
  duplicateIds: "repeated ids, dropped",
  seenIds: "ids of the history itself, dropped",
  shortLists: "short lists, kept",
  badAnswers: "bad answers",
  left: "left for want of budget",
};

function countsTable(counts: ProbeCounts): string {
  const keys = Object.keys(labels) as (keyof typeof labels)[];
  const reasons = Object.entries(counts.reasons ?? {}).map(([reason, n]) => [`  ${reason}`, number(n)]);
  const rows = keys.flatMap((key) => [
    [labels[key], number(counts[key] ?? 0)],
    ...(key === "failed" ? reasons : []),
  ]);
  return plainTable(rows);
}

function plainTable(rows: readonly (readonly string[])[]): string {
  const table = new Table({ style: { head: [], border: [] }, colAligns: ["left", "right"] });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

function number(value: number): string {
  return value.toLocaleString("en");
}
