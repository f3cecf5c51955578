/** Real data where it lies beside the project, else a made file of the same size and length profile. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Random } from "../src/index.ts";

interface Profile {
  readonly file: string;
  readonly users: number;
  readonly items: number;
  /** Lengths of histories: at least, at most, the median, and the spread of their logarithm above the least. */
  readonly lengths: {
    readonly min: number;
    readonly max: number;
    readonly median: number;
    readonly spread: number;
  };
}

/** As the datasets' papers count them; a log-normal shape over the least length reproduces their means. */
const profiles = {
  "ml-1m": {
    file: "ml-1m/ml-1m.txt",
    users: 6040,
    items: 3416,
    lengths: { min: 16, max: 2275, median: 94, spread: 1.15 },
  },
  beauty: {
    file: "beauty/Beauty.txt",
    users: 22363,
    items: 12101,
    lengths: { min: 5, max: 204, median: 6, spread: 1.5 },
  },
} satisfies Record<string, Profile>;

export type DataName = keyof typeof profiles;

export interface DataFile {
  readonly path: string;
  readonly users: number;
  readonly items: number;
  readonly note: string;
}

/** A folder for what the benchmarks write; gone when the process ends. */
export const scratch = mkdtempSync(join(tmpdir(), "potstill-bench-"));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));

/** @returns a file of "user item ..." lines, one item or more, ids from 1, each user's items in order. */
export function dataFile(name: DataName): DataFile {
  const { file, users, items } = profiles[name];
  const real = fileURLToPath(new URL(`../../../shared/data/${file}`, import.meta.url)); // from dist/bench
  if (existsSync(real)) return { path: real, users, items, note: `the real ${file}` };
  const path = join(scratch, `${name}.txt`);
  if (!existsSync(path)) writeFileSync(path, makeLines(profiles[name]));
  return { path, users, items, note: `made data of the size of ${file}` };
}

function makeLines({ users, items, lengths: { min, max, median, spread } }: Profile): string {
  const random = new Random(1);
  const lines: string[] = [];
  for (let user = 1; user <= users; user++) {
    const above = (median - min + 0.5) * Math.exp(spread * random.normal());
    const length = Math.min(max, items, min + Math.floor(above));
    const seen = new Set<number>();
    while (seen.size < length) seen.add(Math.floor(items ** random.uniform())); // Zipf with exponent 1
    for (const item of seen) lines.push(`${user} ${item}`);
  }
  return `${lines.join("\n")}\n`;
}

/** @returns each user's item indices, oldest first. */
export function readHistories({ path, users }: DataFile): number[][] {
  const histories = Array.from({ length: users }, (): number[] => []);
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const [user, ...items] = line.split(" ");
    histories[Number(user) - 1]?.push(...items.map((item) => Number(item) - 1)); // the last line is empty
  }
  return histories;
}
