import { complain } from "../errors.ts";
import type { FormatName } from "./formats.ts";
import { firstLines, plainName, type Source } from "./source.ts";

const endings: Readonly<Record<string, FormatName>> = {
  ".parquet": "parquet",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".csv": "csv",
  ".tsv": "tsv",
  ".inter": "recbole",
};

/**
 * Tells the format from the file's name, else from its first lines.
 * @param fix what to do where neither says enough.
 * @throws UserError "input" where neither says enough.
 */
export async function guessFormat(source: Source, fix: string): Promise<FormatName> {
  const ending = /\.[a-z]+$/.exec(plainName(source.shown))?.[0] ?? "";
  return endings[ending] ?? guessFromLines(await firstLines(source)) ?? giveUp(source, fix);
}

function guessFromLines(lines: readonly string[]): FormatName | undefined {
  const filled = lines.filter((line) => line.trim() !== "");
  const every = (test: (line: string) => boolean) => filled.length > 0 && filled.every(test);
  if (every((line) => line.split("::").length === 4)) return "movielens";
  if (every((line) => /^\S+\t\S+\t[-\d.]+\t[-\d.]+$/.test(line))) return "udata";
  if (/^\w+:\w+(\t\w+:\w+)+$/.test(filled[0] ?? "")) return "recbole";
  if (!every((line) => /^\d[\d\s]*$/.test(line))) return undefined;
  const counts = filled.map((line) => line.trim().split(/\s+/));
  if (counts.every((words) => words.length === 2)) return "sasrec";
  return counts.every(([first, ...items]) => Number(first) === items.length) ? "user-lists" : "s3rec";
}

function giveUp(source: Source, fix: string): never {
  throw complain("input", {
    where: source.shown,
    expected: "a format that can be told from the name or the first lines",
    got: "neither",
    fix,
  });
}
