/**
 * E, the summed exponentials of the rest of a catalogue: of every item that is not closed for a user (rows.ts). Of all of them, or
 * estimated from N items that are drawn uniformly, without replacement, for all users of a batch together:
 *
 *   S the N drawn items   R_u the open items of user u   log E_u = log( |R_u| / |S and R_u| sum_{i in S and R_u} exp(s_i) )
 *
 * Over the draws that hold an open item the mean of the estimate of E is E; its logarithm, and so the loss, is lower on average.
 * A user of whom none is drawn has no rest in that batch, like one for whom all is closed. Drawing is ours: no paper has it.
 */
import * as z from "zod";
import { row, rows, type Sequences } from "../dataset/index.ts";
import { add, input, restHead, type Feed, type Tensor } from "../graph/index.ts";
import type { Random } from "../random.ts";
import { feed, filledUp } from "./rows.ts";
import type { FactorStudent } from "./types.ts";

/** N; 0 is the exact sum. */
export const restOption = z.int().min(0).default(0);

/** @returns the feeds of {@link logRest}. @param closed [B, *] see rows.ts */
export function restFeeds(
  closed: Sequences,
  items: number,
  rest: number,
  random: Random,
): Record<string, Feed> {
  if (rest === 0) return { "rest.closed": filledUp(closed, (b) => row(closed, b)[0] ?? 0) }; // with an item that is in it
  return drawnFeeds(closed, items, random.sample(items, rest));
}

/**
 * The drawn items and one of them again, which is closed for everybody, so that rows of closed places may be filled up; and
 * the log of how many open items each of a user's stands for.
 */
export function drawnFeeds(closed: Sequences, items: number, drawn: Int32Array): Record<string, Feed> {
  const [batch, n] = [rows(closed), drawn.length];
  const scale = new Float32Array(batch);
  const place = new Int32Array(items).fill(-1); // in `drawn`
  drawn.forEach((item, at) => (place[item] = at));
  const counted = new Int32Array(items).fill(-1); // the last row that closed an item
  const places = new Int32Array(closed.items.length + batch);
  const offsets = new Int32Array(batch + 1);
  for (let b = 0, found = 0; b < batch; b++) {
    let open = items;
    for (let at = closed.offsets[b]!; at < closed.offsets[b + 1]!; at++) {
      const item = closed.items[at]!;
      if (counted[item] === b) continue;
      counted[item] = b;
      open--;
      if (place[item]! >= 0) places[found++] = place[item]!;
    }
    const left = n - (found - offsets[b]!);
    places[found++] = n;
    offsets[b + 1] = found;
    if (left > 0) scale[b] = Math.log(open / left);
  }
  return {
    "rest.drawn": feed(Int32Array.of(...drawn, drawn[0]!), n + 1),
    "rest.closed": filledUp({ offsets, items: places.subarray(0, offsets[batch]) }, () => n),
    "rest.scale": feed(scale, batch, 1),
  };
}

/** @returns [B, 1] log E */
export function logRest(student: FactorStudent, rest: number): Tensor {
  const closed = input("rest.closed", ["B", "C"], "int32"); // items, or places among the drawn
  if (rest === 0) return student.rest(closed);
  const drawn = student.vectors(input("rest.drawn", [rest + 1], "int32")); // [N + 1, D]
  return add(restHead(student.user, drawn, closed), input("rest.scale", ["B", 1]));
}
