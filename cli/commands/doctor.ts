import { readdirSync, readFileSync } from "node:fs";
import { access, constants, statfs } from "node:fs/promises";
import { createRequire } from "node:module";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import pc from "picocolors";
import type { CommandFile } from "../frame/types.ts";

/** `problem` is needed and missing; `note` is worth knowing and costs nothing to leave as it is. */
interface Check {
  readonly name: string;
  readonly status: "ok" | "note" | "problem";
  readonly found: string;
  readonly remedy?: string;
}

type Finding = Omit<Check, "name">;

const GIB = 2 ** 30;

export const command: CommandFile = {
  summary: "check this machine and say what to fix",
  examples: ["potstill doctor", "potstill doctor --json"],
  define: () => undefined,
  async run() {
    const checks: Check[] = [];
    for (const [name, check] of Object.entries(list)) checks.push({ name, ...(await safely(check)) });
    const ok = checks.every(({ status }) => status !== "problem");
    return { json: { ok, checks }, text: checks.map(line).join("\n"), exitCode: ok ? 0 : 1 };
  },
};

const list: Readonly<Record<string, () => Finding | Promise<Finding>>> = {
  node: checkNode,
  "onnx runtime": checkRuntime,
  "gpu (cuda)": checkCuda,
  duckdb: checkDuckDb,
  cpu: checkCpu,
  memory: checkMemory,
  disk: checkDisk,
  folder: checkFolder,
};

/** A check that throws has found its problem. */
async function safely(check: () => Finding | Promise<Finding>): Promise<Finding> {
  try {
    return await check();
  } catch (error) {
    const found = error instanceof Error ? error.message.split("\n")[0]! : String(error);
    return { status: "problem", found, remedy: 'Run "npm ci" again; if it stays, report this line' };
  }
}

function line({ name, status, found, remedy }: Check): string {
  const mark = { ok: pc.green("ok     "), note: pc.yellow("note   "), problem: pc.red("problem") }[status];
  return `${mark}  ${name.padEnd(12)}  ${found}${remedy === undefined ? "" : `. ${remedy}.`}`;
}

function checkNode(): Finding {
  const found = `Node ${process.versions.node}, ${process.platform} ${process.arch}`;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return { status: "ok", found };
  return { status: "problem", found, remedy: "Install Node 20.19 or newer" };
}

/** Loads the library here, not above: where it cannot be loaded, that is what the doctor has to say. */
async function checkRuntime(): Promise<Finding> {
  const { describeRuntime, Program } = await import("../../src/runtime/index.ts");
  const { add, input } = await import("../../src/graph/index.ts");
  const { version, backends, threads } = await describeRuntime();
  const x = input("x", ["N"]);
  const { y } = await (
    await Program.compile({ y: add(x, x) })
  ).run({
    x: { data: Float32Array.of(1, 2), shape: [2] },
  });
  const found = `${version}, providers ${backends.join(" ")}, ${threads} threads`;
  if (String(y.data) === "2,4") return { status: "ok", found: `${found}, a small graph ran` };
  return {
    status: "problem",
    found: `${found}, a small graph gave ${String(y.data)}`,
    remedy: 'Run "npm ci" again',
  };
}

/** The CUDA libraries come by an install script, which "npm ci --ignore-scripts" and our default both skip. */
function checkCuda(): Finding {
  const home = dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));
  const files = readdirSync(join(home, "bin"), { recursive: true, encoding: "utf8" });
  if (files.some((file) => file.includes("providers_cuda")))
    return { status: "ok", found: "libraries are installed" };
  return {
    status: "note",
    found: "not installed (install scripts were skipped); the CPU needs nothing more",
    remedy: 'For an NVIDIA GPU run "npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12"',
  };
}

async function checkDuckDb(): Promise<Finding> {
  const { DuckDBInstance, version } = await import("@duckdb/node-api");
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const rows = await (await connection.run("select 1 + 1")).getRows();
  connection.closeSync();
  if (Number(rows[0]?.[0]) === 2) return { status: "ok", found: `${version()}, a small query ran` };
  return { status: "problem", found: `${version()}, a small query failed`, remedy: 'Run "npm ci" again' };
}

function checkCpu(): Finding {
  const found = `${cpus()[0]?.model ?? process.arch}, ${cpus().length} cores`;
  if (process.platform !== "linux" || process.arch !== "x64") return { status: "ok", found };
  const flags = new Set(/^flags\s*: (.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1]?.split(" "));
  const vectors = ["avx2", "fma", "avx512f", "avx512_vnni"].filter((flag) => flags.has(flag));
  if (flags.has("avx2")) return { status: "ok", found: `${found}, ${vectors.join(" ")}` };
  return { status: "note", found: `${found}, no avx2`, remedy: "Training will be several times slower here" };
}

function checkMemory(): Finding {
  const limit = process.constrainedMemory(); // 0 or huge where no container limits it
  const bytes = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  const found = `${(bytes / GIB).toFixed(1)} GiB`;
  if (bytes >= 3 * GIB) return { status: "ok", found };
  return { status: "note", found, remedy: "A dataset of a million interactions wants about 2 GiB free" };
}

async function checkDisk(): Promise<Finding> {
  const { bavail, bsize } = await statfs(".");
  const bytes = bavail * bsize;
  const found = `${(bytes / GIB).toFixed(1)} GiB free here`;
  if (bytes >= GIB) return { status: "ok", found };
  return { status: "problem", found, remedy: "Free at least 1 GiB, or work in another folder" };
}

async function checkFolder(): Promise<Finding> {
  try {
    await access(".", constants.W_OK);
    return { status: "ok", found: "this folder can be written" };
  } catch {
    return { status: "note", found: "this folder cannot be written", remedy: "Give --out a folder that can" };
  }
}
