/** Ranked rows of one teacher's state as lists and places. */
import { row, type Dataset } from "../dataset/index.ts";

export interface Placed {
  /** The longest list. */
  readonly longest: number;
  /** Rows of training items. */
  readonly training: number;
  readonly own: Int32Array; // aligned with dataset.train.items
  /** @returns [U, k], -1 where there are fewer. */
  lists(k: number): Int32Array;
}

/** @param pairs [2 n] user and item, a user's together and the best first, none twice */
export function placeRows(pairs: Int32Array, { train, users, items }: Dataset): Placed {
  const own = new Int32Array(train.items.length).fill(-1);
  const unseen = new Uint8Array(pairs.length / 2);
  const place = new Int32Array(items.size).fill(-1);
  let [longest, training] = [0, 0];
  for (let from = 0, to; from < unseen.length; from = to) {
    const user = pairs[2 * from]!;
    const history = row(train, user);
    for (const item of history) place[item] = history.length; // not ranked so far
    let places = 0;
    for (to = from; to < unseen.length && pairs[2 * to] === user; to++) {
      const item = pairs[2 * to + 1]!;
      if (place[item] === -1) unseen[to] = 1;
      else place[item] = places++;
    }
    history.forEach((item, n) => {
      if (place[item]! < history.length) own[train.offsets[user]! + n] = place[item]!;
    });
    for (const item of history) place[item] = -1;
    longest = Math.max(longest, to - from - places);
    training += places;
  }
  const lists = (k: number): Int32Array => {
    const found = new Int32Array(users.size * k).fill(-1);
    const filled = new Int32Array(users.size);
    unseen.forEach((is, n) => {
      const user = pairs[2 * n]!;
      if (is === 1 && filled[user]! < k) found[user * k + filled[user]!++] = pairs[2 * n + 1]!;
    });
    return found;
  };
  return { longest, training, own, lists };
}
