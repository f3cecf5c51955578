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
import { add, input, restHead, type Feed, type Tensor } from "../graph/index.ts";
import type { Random } from "../random.ts";
import { feed } from "./rows.ts";
import type { FactorStudent } from "./types.ts";

/** N; 0 is the exact sum. */
export const restOption = z.int().min(0).default(0);

/** @returns the feeds of {@link logRest}. @param closed [B, C] see rows.ts */
export function restFeeds(closed: Feed, items: number, rest: number, random: Random): Record<string, Feed> {
  if (rest === 0) return { "rest.closed": closed };
  return drawnFeeds(closed, items, random.sample(items, rest));
}

/**
 * The drawn items and one of them again, which is closed for everybody, so that rows of closed places may be filled up; and
 * the log of how many open items each of a user's stands for.
 */
export function drawnFeeds(closed: Feed, items: number, drawn: Int32Array): Record<string, Feed> {
  const [rows, width, n] = [closed.shape[0]!, closed.shape[1]!, drawn.length];
  const scale = new Float32Array(rows);
  const place = new Int32Array(items).fill(-1); // in `drawn`
  drawn.forEach((item, at) => (place[item] = at));
  const counted = new Int32Array(items).fill(-1); // the last row that closed an item
  const places: number[][] = [];
  for (let b = 0, at = 0; b < rows; b++) {
    const found: number[] = [];
    let open = items;
    for (const end = at + width; at < end; at++) {
      const item = Number(closed.data[at]);
      if (counted[item] === b) continue;
      counted[item] = b;
      open--;
      if (place[item]! >= 0) found.push(place[item]!);
    }
    places.push(found);
    if (found.length < n) scale[b] = Math.log(open / (n - found.length));
  }
  return {
    "rest.drawn": feed(Int32Array.of(...drawn, drawn[0]!), n + 1),
    "rest.closed": filledUp(places, n),
    "rest.scale": feed(scale, rows, 1),
  };
}

/** [B, C] rows of different lengths, with at least one `filler` at the end of each. */
function filledUp(rows: readonly (readonly number[])[], filler: number): Feed {
  const width = 1 + rows.reduce((most, { length }) => Math.max(most, length), 0);
  const table = new Int32Array(rows.length * width).fill(filler);
  rows.forEach((row, b) => table.set(row, b * width));
  return feed(table, rows.length, width);
}

/** @returns [B, 1] log E */
export function logRest(student: FactorStudent, rest: number): Tensor {
  const closed = input("rest.closed", ["B", "C"], "int32"); // items, or places among the drawn
  if (rest === 0) return student.rest(closed);
  const drawn = student.vectors(input("rest.drawn", [rest + 1], "int32")); // [N + 1, D]
  return add(restHead(student.user, drawn, closed), input("rest.scale", ["B", 1]));
}
