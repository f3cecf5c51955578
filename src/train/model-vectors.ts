/** The vectors that a model scores with. */
import { lengthOf, row, rows, type Sequences } from "../dataset/index.ts";
import { internal } from "../errors.ts";
import type { ScoreTables } from "../evaluate/index.ts";
import { input } from "../graph/index.ts";
import {
  leavesOf,
  padHistories,
  scoring,
  type Model,
  type ModelOptions,
  type Parameters,
  type Scoring,
  type ScoringVectors,
} from "../models/index.ts";
import { Program, type Device } from "../runtime/index.ts";
import type { Factors } from "../signals/index.ts";

export interface ModelInput {
  readonly model: Model;
  readonly options: ModelOptions;
  readonly weights: Parameters;
  readonly device?: Device | undefined;
}

type Of<Result> = (users: Int32Array, histories: readonly Int32Array[]) => Promise<Result>;

/** Tokens that are read at once. */
const chunkTokens = 12_800;

function scoringOf({ model, options, weights }: ModelInput): Scoring {
  const [history, user] = [input("history", ["B", "T"], "int32"), input("user", ["B"], "int32")];
  return scoring(model, leavesOf(weights), options, history, user);
}

/**
 * @returns a function that computes the vectors of some users [N] and their histories, and of every item, from the weights
 *   as they are at each call, the items' array is written again by the next call; null for a model that scores otherwise.
 */
export async function modelVectors(given: ModelInput): Promise<Of<Factors> | null> {
  const { vectors } = scoringOf(given);
  return vectors && rowsOf(given, vectors);
}

/** @returns a function as {@link modelVectors}, of all that the scores of users and items are made of. */
export async function modelTables(given: ModelInput): Promise<Of<ScoreTables> | null> {
  const { tables } = scoringOf(given);
  if (tables === null) return null;
  const rows = await rowsOf(given, tables);
  const program = tables.maxima && (await Program.compile({ maxima: tables.maxima }, given.device));
  return async (asked, histories) => {
    const { users, items } = await rows(asked, histories);
    const maxima = (await program?.run(given.weights))?.maxima.data as Float32Array | undefined;
    return { users: users.data, items: items.data, width: users.width, ...(maxima && { maxima }) };
  };
}

/** @param made of users and of items, of one width */
async function rowsOf(given: ModelInput, made: ScoringVectors): Promise<Of<Factors>> {
  const { model, options, weights, device } = given;
  const programs = {
    users: await Program.compile({ vectors: made.users }, device),
    items: await Program.compile({ vectors: made.items }, device),
  };
  const maxLength = model.maxLength(options);
  return async (users, all) => {
    const unread = (n: number) => model.kind === "user" && users[n]! >= 0; // a known user is not read from a history
    const histories = all.map((history, n) => (unread(n) ? history.subarray(0, 0) : history));
    const { data: table, shape } = (await programs.items.run(weights)).vectors;
    const width = shape[1]!;
    const data = new Float32Array(users.length * width);
    for (const chunk of chunksOf(histories, maxLength)) {
      const padded = padHistories(
        Array.from(chunk, (n) => histories[n]!),
        maxLength,
      );
      const { vectors } = await programs.users.run({
        ...weights,
        history: { data: padded.data, shape: [chunk.length, padded.width] },
        user: { data: chunk.map((n) => users[n]!), shape: [chunk.length] },
      });
      const found = vectors.data as Float32Array;
      chunk.forEach((n, b) => data.set(found.subarray(b * width, (b + 1) * width), n * width));
    }
    return { users: { width, data }, items: { width, data: table as Float32Array } };
  };
}

/** Histories in groups of about one length, so that little is padding. */
function chunksOf(histories: readonly Int32Array[], maxLength: number): Int32Array[] {
  const length = (n: number) => Math.min(maxLength, Math.max(1, histories[n]!.length));
  const order = [...histories.keys()].sort((a, b) => length(b) - length(a) || a - b);
  const chunks: Int32Array[] = [];
  for (let from = 0; from < order.length; from += chunks.at(-1)!.length) {
    const count = Math.max(1, Math.floor(chunkTokens / length(order[from]!)));
    chunks.push(Int32Array.from(order.slice(from, from + count)));
  }
  return chunks;
}

/** @returns a function as {@link modelVectors}, of every user at the end of their training history; 0 for one without. */
export async function historyVectors(given: ModelInput, train: Sequences): Promise<() => Promise<Factors>> {
  const vectorsOf = await modelVectors(given);
  if (vectorsOf === null) throw internal(`${given.model.name} has no vectors`);
  const present = Int32Array.from({ length: rows(train) }, (_, u) => u).filter((u) => lengthOf(train, u) > 0);
  const histories = Array.from(present, (u) => row(train, u));
  return async () => {
    const { users, items } = await vectorsOf(present, histories);
    const { width } = users;
    const data = new Float32Array(rows(train) * width);
    present.forEach((u, n) => data.set(users.data.subarray(n * width, (n + 1) * width), u * width));
    return { users: { width, data }, items };
  };
}
