/** Ranking by two tables: threads take chunks of users in turn, each scores and ranks its own. */
import { complain } from "../errors.ts";
import { input, matmul } from "../graph/index.ts";
import { Arena, kernelModule, listScratch } from "../kernels/index.ts";
import { Crew, defaultDevice, type Device } from "../runtime/index.ts";
import { RankingHand, type NotANumber, type RankingJob, type Rows } from "./ranking-hand.ts";

/** Scores are the dot products of all but the last H numbers of two rows, and maxima . max(user, item) of these. */
export interface ScoreTables {
  readonly users: Float32Array; // [N, D]
  readonly items: Float32Array; // [I, D]
  readonly width: number; // D, H among them
  readonly maxima?: Float32Array; // [H], none unless said
}

const none = new Float32Array(0);

/** @returns the score of an item for the n-th user, in float64. */
export function scoreByTables(tables: ScoreTables, n: number, item: number): number {
  const { width, maxima = none } = tables;
  const dots = width - maxima.length;
  const user = tables.users.subarray(n * width, (n + 1) * width);
  const other = tables.items.subarray(item * width, (item + 1) * width);
  let score = 0;
  for (let d = 0; d < dots; d++) score += user[d]! * other[d]!;
  maxima.forEach((weight, h) => (score += weight * Math.max(user[dots + h]!, other[dots + h]!)));
  return score;
}

export interface RankingInput {
  readonly tables: ScoreTables;
  /** [N] whose rows the table of users has. */
  readonly users: Int32Array;
  /** Items that are nobody's candidates. */
  readonly closed?: Int32Array;
  /** Rows by user whose items are not their candidates. */
  readonly masked: readonly Rows[];
  /** Rows by user of items whose ranks are asked for. */
  readonly targets?: Rows;
  readonly k: number; // at most I
}

export interface Ranking {
  /** [N, k] best items, best first: score descending, then item ascending; -1 where there are fewer candidates. */
  readonly best: Int32Array;
  /** Ranks from 1, in the order of the targets of each user; 0 for an item that is no candidate. */
  readonly ranks: Rows;
}

/** Up to so many numbers of a row are multiplied by a kernel: ONNX Runtime lays items out anew for each chunk. */
const narrow = 32;

/** Scores of a chunk: 1 MiB, in the cache; 4 MiB and more where wide items are laid out for each. */
const chunkOf = (items: number, width: number): number =>
  Math.max(1, Math.floor((2 ** 20 * (width <= narrow ? 1 / 4 : Math.min(8, width / 32))) / items));

/** Less work than this, in multiplications, is done on one thread. */
const worthSharing = 2 ** 26;

type RankingCrew = Crew<RankingJob, NotANumber | null>;

/** One crew per process and device: sessions are not released. */
const crews = new Map<string, Promise<RankingCrew>>();

function crewOf(device: Device): Promise<RankingCrew> {
  const name = `${device.provider}/${device.threads}`;
  const scores = matmul(input("users", ["B", "D"]), input("items", ["I", "D"]), { transB: true });
  const crew =
    crews.get(name) ?? Crew.open({ scores }, [RankingHand, Arena, listScratch], kernelModule(), device);
  crews.set(name, crew);
  return crew;
}

/** @throws UserError("input") for a score that is not a number. */
export async function rankByTables(given: RankingInput, device: Device = defaultDevice): Promise<Ranking> {
  const { users, k, tables } = given;
  const { width, maxima = none } = tables;
  const items = tables.items.length / width;
  const crew = await crewOf(device);
  const shared = crew.size > 1 && users.length * tables.items.length >= worthSharing;
  const targets = together(given.targets === undefined ? [] : [given.targets], users);
  const job: RankingJob = {
    users: shared ? sharedCopy(tables.users) : tables.users,
    items: shared ? sharedCopy(tables.items) : tables.items,
    width,
    maxima,
    narrow: width - maxima.length <= narrow,
    closed: given.closed ?? new Int32Array(0),
    masked: together(given.masked, users),
    targets,
    ranks: int32(targets.items.length),
    k,
    best: int32(users.length * k),
    chunk: Math.max(1, Math.min(chunkOf(items, width - maxima.length), users.length)),
    next: int32(1),
  };
  const jobs = Array.from({ length: shared ? crew.size : 1 }, () => job);
  for (const met of await crew.run(jobs)) if (met !== null) throw notANumber(users[met.user]!, met.item);
  return { best: job.best, ranks: { offsets: targets.offsets, items: job.ranks } };
}

const int32 = (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * length));

function sharedCopy(data: Float32Array): Float32Array {
  const copy = new Float32Array(new SharedArrayBuffer(data.byteLength));
  copy.set(data);
  return copy;
}

/** The rows of the chosen users, those of all parts joined. */
function together(parts: readonly Rows[], chosen: Int32Array): Rows {
  const offsets = int32(chosen.length + 1);
  chosen.forEach((u, n) => {
    offsets[n + 1] = parts.reduce((at, { offsets: o }) => at + o[u + 1]! - o[u]!, offsets[n]!);
  });
  const items = int32(offsets[chosen.length]!);
  chosen.forEach((u, n) => {
    let at = offsets[n]!;
    for (const { offsets: o, items: from } of parts)
      for (let i = o[u]!; i < o[u + 1]!; i++) items[at++] = from[i]!;
  });
  return { offsets, items };
}

export function notANumber(user: number, item: number): Error {
  return complain("input", {
    where: `the model's score of item ${item} for user ${user}`,
    expected: "a number",
    got: "NaN",
    fix: "Train the model again with a smaller learning rate, its weights have diverged",
  });
}
