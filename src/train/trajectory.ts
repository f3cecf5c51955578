/**
 * The states of a training that is under way. What the model ranks is written down at every validation, for which epoch
 * is the best is known at the end only: a file of 4 (U k + training items) bytes each, none of them in memory. The states
 * are chosen among these, and the consistency of a list is read off the rankings before it.
 */
import { access, mkdir, readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { complain } from "../errors.ts";
import { foundInstead } from "../files.ts";
import { readSafetensors, writeSafetensors } from "../safetensors.ts";
import type { TrajectoryState } from "../signals/index.ts";
import type { Rankings } from "./rank-unseen.ts";

/** The rankings of the validations of one run, in a folder. */
export class RankingLog {
  constructor(readonly directory: string) {}

  /**
   * @param validated epochs that an interrupted run has ranked; none for a run that begins
   * @throws UserError "not-found" where the ranking of one is gone.
   */
  async open(validated: readonly number[]): Promise<void> {
    if (validated.length === 0) await this.remove();
    await mkdir(this.directory, { recursive: true });
    for (const epoch of validated)
      await access(this.#file(epoch)).catch((error: unknown) => this.#gone(epoch, error));
  }

  async add(epoch: number, { lists, own }: Rankings): Promise<void> {
    const arrays = {
      lists: { shape: [lists.length], data: lists },
      own: { shape: [own.length], data: own },
    };
    await writeFile(this.#file(epoch), writeSafetensors(arrays));
  }

  /** @throws UserError "not-found" where the epoch's file is gone, "input" where it is damaged. */
  async at(epoch: number): Promise<Rankings> {
    const path = this.#file(epoch);
    const bytes = await readFile(path).catch((error: unknown) => this.#gone(epoch, error));
    const { lists, own } = readSafetensors(bytes, path);
    return { lists: lists!.data as Int32Array, own: own!.data as Int32Array };
  }

  /** Its own files, and the folder where nothing else is in it. */
  async remove(): Promise<void> {
    const entries = await readdir(this.directory).catch(() => []); // never made
    for (const name of entries) if (/^\d+\.safetensors$/.test(name)) await rm(join(this.directory, name));
    await rmdir(this.directory).catch(() => undefined);
  }

  #gone(epoch: number, error: unknown): never {
    throw complain("not-found", {
      where: this.#file(epoch),
      expected: `what was ranked after epoch ${epoch}`,
      got: foundInstead(error),
      fix: "Train again without --resume",
    });
  }

  #file(epoch: number): string {
    return join(this.directory, `${epoch}.safetensors`);
  }
}

/** What the way to the best epoch is measured in: epochs, or what the watched metric has gained since its first value. */
export const stateSteps = ["epochs", "accuracy"] as const;

export interface Validated {
  readonly epoch: number;
  readonly value: number; // of the watched metric, more is better
}

/** The first state is at this share of the way to the best epoch, the last at its end, the others at equal steps between. */
const firstShare = 0.1;

/**
 * @param validations ascending in epochs
 * @param best the epoch of the highest value
 * @returns n distinct epochs, each the nearest that is left to where a state is wanted, the earlier of two; null where
 *   there are fewer up to the best.
 */
export function chooseEpochs(
  validations: readonly Validated[],
  best: number,
  n: number,
  by: (typeof stateSteps)[number],
): number[] | null {
  const known = validations.filter(({ epoch }) => epoch <= best);
  if (known.length < n) return null;
  const [first, last] = [known[0]!, known.at(-1)!];
  const shares = known.map(({ epoch, value }) =>
    by === "epochs" ? epoch / best : (value - first.value) / (last.value - first.value || 1),
  );
  const chosen: number[] = [];
  let from = 0;
  for (let s = 0; s < n - 1; s++) {
    const wanted = firstShare + ((1 - firstShare) * s) / (n - 1);
    const distances = shares.slice(from, known.length - (n - 1 - s)).map((share) => Math.abs(share - wanted));
    from += distances.indexOf(Math.min(...distances)) + 1;
    chosen.push(known[from - 1]!.epoch);
  }
  return [...chosen, last.epoch];
}

/** Rankings that the consistency of a list is taken over, its own among them. */
const remembered = 5;

export interface StatesInput {
  readonly log: RankingLog;
  readonly validated: readonly number[];
  readonly chosen: readonly number[];
  readonly k: number;
  readonly items: number; // I
}

export async function statesAt({
  log,
  validated,
  chosen,
  k,
  items,
}: StatesInput): Promise<TrajectoryState[]> {
  const states: TrajectoryState[] = [];
  for (const epoch of chosen) {
    const at = validated.indexOf(epoch);
    const rankings: Rankings[] = [];
    for (const each of validated.slice(Math.max(0, at + 1 - remembered), at + 1)) {
      rankings.push(await log.at(each));
    }
    const { lists, own } = rankings.at(-1)!;
    const spread = spreadOf(
      rankings.map((r) => r.lists),
      k,
      items,
    );
    states.push({ lists, own, spread });
  }
  return states;
}

/**
 * @param rankings [U, k] each, the oldest first
 * @returns [U, k] of each item of the newest the standard deviation of its place, which is k where it is not listed; null
 *   for one ranking alone.
 */
export function spreadOf(rankings: readonly Int32Array[], k: number, items: number): Float32Array | null {
  const n = rankings.length;
  if (n < 2) return null;
  const newest = rankings[n - 1]!;
  const spread = new Float32Array(newest.length);
  const places = new Int32Array(items).fill(k);
  const [sum, squares] = [new Float64Array(k), new Float64Array(k)];
  for (let at = 0; at < newest.length; at += k) {
    const list = newest.subarray(at, at + k);
    sum.fill(0);
    squares.fill(0);
    for (const ranking of rankings) {
      const other = ranking.subarray(at, at + k);
      other.forEach((item, place) => item >= 0 && (places[item] = place));
      list.forEach((item, place) => {
        const p = item < 0 ? 0 : places[item]!;
        sum[place]! += p;
        squares[place]! += p * p;
      });
      for (const item of other) if (item >= 0) places[item] = k;
    }
    list.forEach((_, p) => (spread[at + p] = Math.sqrt(Math.max(0, n * squares[p]! - sum[p]! ** 2)) / n));
  }
  return spread;
}
