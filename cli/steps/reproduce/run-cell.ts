/** Runs one cell: its commands as processes of their own, then the evaluation, then the result file. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Argv, Cell, CellResult, MeasuredCell, Recipe, Step } from "../../../recipes/index.ts";
import { secondsOf } from "../../../recipes/results.ts";
import { UserError } from "../../../src/errors.ts";
import { writeJson } from "../../../src/files.ts";
import { loadEvaluation } from "../../../src/evaluate/index.ts";
import { agreementOf } from "./agreement.ts";
import type { Io } from "../../frame/types.ts";
import { runToEnd, start } from "../child.ts";

/** Where the code is. */
const here = dirname(fileURLToPath(import.meta.url));

export interface Place {
  /** Where artefacts go: data, bundles, signals. */
  readonly work: string;
  /** Where result files go, one per cell. */
  readonly results: string;
}

export const resultPath = ({ results }: Place, recipe: Recipe, id: string) =>
  join(results, recipe.name, `${id}.json`);

/** What the steps of a cell printed, kept beside their artefacts until the cell has its result. */
interface Done {
  readonly commands: readonly string[];
  readonly commit: string;
  readonly seconds: number;
  readonly output: Readonly<Record<string, unknown>>;
}

/** A result that is there already is kept: only what the cell leaves was gone. @returns what it is now */
export async function runCell(recipe: Recipe, cell: Cell, place: Place, io: Io): Promise<CellResult> {
  const { commands, commit, seconds, output } = await done(cell, place, io);
  const evaluation =
    cell.measures === null ? null : await measure(recipe, cell.measures, cell.teacher, place, io);
  const result: CellResult = {
    schema: 1,
    recipe: recipe.name,
    cell: cell.id,
    commands,
    commit,
    dataset: recipe.source.sha256,
    seconds,
    peakMiB: typeof output.peakMiB === "number" ? output.peakMiB : 0,
    output,
    evaluation,
  };
  const path = resultPath(place, recipe, cell.id);
  if (!existsSync(path)) await write(path, result);
  return result;
}

/** Runs the steps, unless the same ran before and what they left is still there. */
async function done(cell: Cell, place: Place, io: Io): Promise<Done> {
  const record = join(place.work, "done", `${cell.id}.json`);
  const commands = cell.steps.flatMap(commandsOf);
  if (existsSync(record) && existsSync(join(place.work, cell.leaves))) {
    const before = JSON.parse(await readFile(record, "utf8")) as Done;
    if (String(before.commands) === String(commands)) return before;
  }
  const started = performance.now();
  const goesOn = await begun(cell, commands, place);
  let output: Done["output"] = {};
  for (const step of cell.steps) output = await runStep(step, goesOn, place, io);
  const seconds = secondsOf({ seconds: (performance.now() - started) / 1000, output });
  const ran: Done = { commands, commit: commit(), seconds, output };
  await write(record, ran);
  return ran;
}

/** @returns whether the same commands were begun before: a checkpoint of others is of no use. */
async function begun({ id }: Cell, commands: readonly string[], { work }: Place): Promise<boolean> {
  const record = join(work, "begun", `${id}.json`);
  const before = existsSync(record) ? (JSON.parse(await readFile(record, "utf8")) as string[]) : [];
  await write(record, commands);
  return String(before) === String(commands);
}

async function write(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeJson(path, value);
}

async function runStep(step: Step, goesOn: boolean, place: Place, io: Io): Promise<Done["output"]> {
  if ("run" in step) return await potstill(fresh(step.run, goesOn, place), place, io);
  const port = await freePort();
  const server = start([...step.serve, "--port", String(port), "--quiet"], {
    cwd: place.work,
    output: "ignore",
  });
  try {
    const url = `http://127.0.0.1:${port}`;
    await ready(url);
    let output: Done["output"] = {};
    for (const argv of step.during)
      output = await potstill(
        argv.map((word) => word.replace("{url}", url)),
        place,
        io,
      );
    return output;
  } finally {
    server.kill("SIGTERM");
  }
}

/** An interrupted training goes on; a bundle or signal without a result is made anew. */
function fresh(argv: Argv, goesOn: boolean, { work }: Place): Argv {
  if (!argv.includes("--out")) return argv;
  const out = argv[argv.indexOf("--out") + 1]!;
  const resumed = goesOn && existsSync(join(work, `${out}.checkpoint`));
  return [...argv, ...(resumed ? ["--resume"] : []), "--force"];
}

async function measure(
  recipe: Recipe,
  bundle: string,
  teacher: string | undefined,
  place: Place,
  io: Io,
): Promise<MeasuredCell> {
  const evaluated = async (protocolName: string, out: string) => {
    const data = ["--data", recipe.source.import.at(-1)!];
    await potstill(
      ["evaluate", "--bundle", bundle, ...data, "--protocol", protocolName, "--out", out],
      place,
      io,
    );
    return (await loadEvaluation(join(place.work, out))).evaluation;
  };
  const { protocol, users, metrics, groups, perUser } = await evaluated(
    recipe.protocol,
    evaluationOf(bundle),
  );
  const learnt = recipe.learnt && { learnt: (await evaluated(recipe.learnt, learntOf(bundle))).metrics };
  const tail = new Uint8Array(Math.ceil(perUser.tail.length / 8));
  perUser.tail.forEach((bit, i) => (tail[i >> 3]! |= bit << (i & 7)));
  const taughtBy = teacher && (await loadEvaluation(join(place.work, evaluationOf(teacher)))).evaluation;
  const agreement = taughtBy && { agreement: agreementOf(perUser, taughtBy.perUser) };
  return {
    protocol,
    users,
    metrics,
    groups,
    ...learnt,
    ...agreement,
    ndcg10: base64(perUser.values["ndcg@10"]!),
    tail: base64(tail),
  };
}

const evaluationOf = (bundle: string) => `${bundle}/evaluation/reproduce`;
const learntOf = (bundle: string) => `${bundle}/evaluation/learnt`;

const base64 = (array: Float32Array | Uint8Array) =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");

/** @returns what the command printed with --json. @throws UserError when it failed. */
export async function potstill(
  argv: Argv,
  { work }: Place,
  io: Io,
): Promise<Readonly<Record<string, unknown>>> {
  const { code, json } = await runToEnd(argv, work, io, "reproduce: stopped; finished cells are kept.");
  if (code === 0 || code === 3) return json;
  throw new UserError(
    "io",
    `potstill ${argv.join(" ")}: expected exit code 0, got ${String(code)}. See its message above.`,
  );
}

const commandsOf = (step: Step): string[] =>
  ("run" in step ? [step.run] : [step.serve, ...step.during]).map((argv) => `potstill ${argv.join(" ")}`);

async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

async function ready(url: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const up = await fetch(`${url}/health/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new UserError(
    "unavailable",
    `${url}: expected the server within 30 seconds, got none. See its message above.`,
  );
}

/** The commit of the code that made a result; "unknown" outside a checkout, "+" after it for changed files. */
function commit(): string {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: here, encoding: "utf8" }).trim();
  try {
    const dirty =
      git("status", "--porcelain", "--untracked-files=no", "--", ":/src", ":/cli", ":/recipes") !== "";
    return git("rev-parse", "--short=12", "HEAD") + (dirty ? "+" : "");
  } catch {
    return "unknown";
  }
}
