import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as z from "zod";
import { complain } from "../../src/errors.ts";
import { protocolNamed, protocols } from "../../src/evaluate/index.ts";
import { notEvaluated, readReportData, renderReport } from "../../src/report/index.ts";
import { readOptions } from "../frame/options.ts";
import type { CommandFile } from "../frame/types.ts";

const schema = z.object({
  out: z.string().default("report.html"),
  with: z.array(z.string()).default([]),
  protocol: z.string().optional(),
});

export const command: CommandFile = {
  summary: "write one HTML page about a bundle",
  examples: [
    "potstill report bundles/student --out report.html",
    "potstill report bundles/student --with bundles/teacher bundles/alone --out report.html",
  ],
  define(command) {
    command
      .argument("<bundle>", "the bundle the page is about")
      .option("--out <file>", "the page (default: report.html)")
      .option("--with <bundles...>", "bundles to compare it with, such as its teacher")
      .option("--protocol <name>", `whose evaluations to show: ${Object.keys(protocols).join(", ")}`);
  },
  async run([directory], options, io) {
    const { out, with: others, protocol } = readOptions(schema, options);
    await refuseInTheWay(out);
    const data = await readReportData(directory!, others, protocol && protocolNamed(protocol).name);
    for (const system of [data.subject, ...data.others]) {
      const { said, command } = notEvaluated(system, data.protocol);
      if (!system.measured) io.note(`${system.directory}: ${said}. Run: ${command}`);
    }
    await writeWhole(out, renderReport(data));
    const url = pathToFileURL(resolve(out)).href;
    return {
      json: { file: out, url, evaluated: data.subject.measured !== null },
      text: `Report: ${out}\nOpen ${url}`,
    };
  },
};

/** Only a page takes the place of a page. */
async function refuseInTheWay(out: string): Promise<void> {
  const wrong = (got: string, fix: string) =>
    complain("usage", { where: "--out", expected: "a file", got, fix });
  if (out.trim() === "" || /[\\/]$/.test(out))
    throw wrong(JSON.stringify(out), `Name it, such as ${join(out.trim(), "report.html")}`);
  const found = await stat(out).catch(() => null);
  if (found === null) return;
  if (found.isDirectory())
    throw wrong(`the folder ${out}`, `Name a file in it, such as ${join(out, "report.html")}`);
  const start = (await readFile(out, "utf8")).slice(0, 15).toLowerCase();
  if (start !== "<!doctype html>") throw wrong(`${out}, which is no page`, "Choose another name");
}

async function writeWhole(file: string, text: string): Promise<void> {
  const beside = `${file}.${randomUUID().slice(0, 8)}.part`;
  try {
    await mkdir(dirname(resolve(file)), { recursive: true });
    await writeFile(beside, text);
    await rename(beside, file);
  } catch (error) {
    throw complain("io", {
      where: `--out ${file}`,
      expected: "a place that can be written",
      got: error instanceof Error ? error.message.split(",")[0]! : String(error),
      fix: "Choose another place, or free it",
    });
  } finally {
    await rm(beside, { force: true }).catch(() => undefined);
  }
}
