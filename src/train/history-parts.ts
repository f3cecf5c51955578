/** Histories of a batch as tokens: what is predicted at each, and where a user's history ends. */
import { lengthOf, pack, row, type Sequences } from "../dataset/index.ts";
import type { Feed } from "../graph/index.ts";
import { divide, type PartSizes } from "./divide.ts";
import { packedFeeds, type Labels } from "./next-item-task.ts";

/** A part of a batch. */
export interface HistoryPart {
  readonly users: Int32Array; // [B], each with a history
  readonly tokens: Record<string, Feed>;
  readonly labels: Labels;
  readonly ends: Int32Array; // [B] flat indices of tokens: the last of each user's history
}

/** @returns the users' histories in parts; each is read as far as `maxLength` allows. */
export function historyParts(
  train: Sequences,
  users: Int32Array,
  maxLength: number,
  sizes: PartSizes,
): HistoryPart[] {
  const tokens = (u: number) => (lengthOf(train, u) > maxLength ? 2 * maxLength : lengthOf(train, u));
  return divide(users, tokens, sizes).map((part) => layOut(train, part, maxLength));
}

/** A token, to be found after packing. */
interface Place {
  readonly segment: number;
  readonly offset: number;
}

/**
 * A history longer than what is read is there twice: once up to its last item, which is predicted there as it is without
 * a teacher, and once to its end.
 */
function layOut(train: Sequences, users: Int32Array, maxLength: number): HistoryPart {
  const segments: Int32Array[] = [];
  const add = (items: Int32Array) => segments.push(items) - 1;
  const [ends, predicted, targets]: [Place[], Place[], number[]] = [[], [], []];
  for (const user of users) {
    const history = row(train, user);
    const seen = history.slice(-(maxLength + 1));
    const segment = add(seen.subarray(0, maxLength));
    for (let i = 1; i < seen.length; i++) {
      predicted.push({ segment, offset: i - 1 });
      targets.push(seen[i]!);
    }
    ends.push(
      seen.length > maxLength
        ? { segment: add(seen.subarray(1)), offset: maxLength - 1 }
        : { segment, offset: seen.length - 1 },
    );
  }
  const packed = pack(segments);
  const rows = (places: readonly Place[]) =>
    Int32Array.from(places, ({ segment, offset }) => packed.starts[segment]! + offset);
  const labels = { rows: rows(predicted), targets: Int32Array.from(targets) };
  return { users, tokens: packedFeeds(packed), labels, ends: rows(ends) };
}
