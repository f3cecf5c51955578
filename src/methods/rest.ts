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
import { add, input, logSumExp, matmul, type Feed, type Tensor } from "../graph/index.ts";
import type { Random } from "../random.ts";
import { feed } from "./rows.ts";
import type { FactorStudent } from "./types.ts";

/** N; 0 is the exact sum. */
export const restOption = z.int().min(0).default(0);

/** What is added to a closed item's score: its exponential is 0. */
const far = -1e9;

/** @returns the feeds of {@link logRest}. @param closed [B, C] see rows.ts */
export function restFeeds(closed: Feed, items: number, rest: number, random: Random): Record<string, Feed> {
  if (rest === 0) return { "rest.closed": closed };
  return drawnFeeds(closed, items, random.sample(items, rest));
}

/** The drawn items, and what to add to the score of each: the log of how many items it stands for, or `far`. */
export function drawnFeeds(closed: Feed, items: number, drawn: Int32Array): Record<string, Feed> {
  const [rows, width, n] = [closed.shape[0]!, closed.shape[1]!, drawn.length];
  const shift = new Float32Array(rows * n);
  const place = new Int32Array(items).fill(-1); // in `drawn`
  drawn.forEach((item, at) => (place[item] = at));
  const counted = new Int32Array(items).fill(-1); // the last row that closed an item
  for (let b = 0; b < rows; b++) {
    const row = (closed.data as Int32Array).subarray(b * width, (b + 1) * width);
    let [open, found] = [items, n];
    for (const item of row) {
      if (counted[item] === b) continue;
      counted[item] = b;
      open--;
      if (place[item]! >= 0) found--;
    }
    shift.fill(found === 0 ? far : Math.log(open / found), b * n, (b + 1) * n);
    for (const item of row) if (place[item]! >= 0) shift[b * n + place[item]!] = far;
  }
  return { "rest.drawn": feed(drawn, n), "rest.shift": feed(shift, rows, n) };
}

/** @returns [B, 1] log E */
export function logRest(student: FactorStudent, rest: number): Tensor {
  if (rest === 0) return student.rest(input("rest.closed", ["B", "C"], "int32"));
  const drawn = student.vectors(input("rest.drawn", [rest], "int32")); // [N, D]
  const s = matmul(student.user, drawn, { transB: true }); // [B, N]
  return logSumExp(add(s, input("rest.shift", ["B", rest])));
}
