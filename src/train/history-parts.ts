/** Histories of a batch as tokens: what is predicted at each, and where a user's history ends. */
import { lengthOf, pack, row, type Sequences } from "../dataset/index.ts";
import type { Feed } from "../graph/index.ts";
import type { Cloze } from "../models/index.ts";
import type { Random } from "../random.ts";
import { divide, type PartSizes } from "./divide.ts";
import { asked, labelled } from "./labels.ts";
import { packedFeeds, type Labels } from "./next-item-task.ts";

/** A part of a batch. */
export interface HistoryPart {
  readonly users: Int32Array; // [B], each with a history
  readonly tokens: Record<string, Feed>;
  readonly labels: Labels;
  readonly ends: Int32Array; // [B] flat indices of tokens: where what follows each user's history is predicted
}

/** How a student reads histories. */
export interface Reading {
  readonly maxLength: number;
  readonly cloze: Cloze | undefined;
}

/**
 * Histories as they are without a teacher, and each to its end as well: the same tokens where that is only one token more,
 * others where the history is longer than what is read, or where labels hide in gaps.
 */
export function historyParts(
  train: Sequences,
  users: Int32Array,
  reading: Reading,
  sizes: PartSizes,
  gaps: Random,
): HistoryPart[] {
  const tokens = (u: number) => {
    const [n, { maxLength }] = [lengthOf(train, u), reading];
    return Math.min(n, maxLength) + (readTwice(n, reading) ? Math.min(n, maxLength + 1) : 0);
  };
  return divide(users, tokens, sizes).map((part) => layOut(train, part, reading, gaps));
}

const readTwice = (length: number, { maxLength, cloze }: Reading) =>
  cloze !== undefined || length > maxLength;

/** A token, to be found after packing. */
interface Place {
  readonly segment: number;
  readonly offset: number;
}

function layOut(train: Sequences, users: Int32Array, reading: Reading, gaps: Random): HistoryPart {
  const { maxLength, cloze } = reading;
  const segments: Int32Array[] = [];
  const add = (tokens: Int32Array) => segments.push(tokens) - 1;
  const [ends, predicted, targets]: [Place[], Place[], number[]] = [[], [], []];
  for (const user of users) {
    const history = row(train, user);
    const whole = asked(history.slice(-maxLength), cloze);
    const end = add(whole);
    ends.push({ segment: end, offset: whole.length - 1 });
    if (history.length < 2) continue;
    const labels = labelled(history.slice(-(maxLength + 1)), cloze, gaps);
    const segment = readTwice(history.length, reading) ? add(labels.tokens) : end;
    for (const offset of labels.at) predicted.push({ segment, offset });
    targets.push(...labels.targets);
  }
  const packed = pack(segments);
  const rows = (places: readonly Place[]) =>
    Int32Array.from(places, ({ segment, offset }) => packed.starts[segment]! + offset);
  const labels = { rows: rows(predicted), targets: Int32Array.from(targets) };
  return { users, tokens: packedFeeds(packed), labels, ends: rows(ends) };
}
