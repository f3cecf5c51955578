/**
 * E, the summed exponentials of the rest of a catalogue: of every item that is not closed for a user (rows.ts). Of all of them, or
 * of the student's M best unseen items, ranked before every epoch, and an estimate of the others from N items that are drawn
 * uniformly, without replacement, for all users of a batch together:
 *
 *   S the N drawn items   B_u the user's M best   R_u the open items of user u, R'_u those that are not among B_u
 *   log E_u = log( sum_{i in B_u and R_u} exp(s_i)  +  |R'_u| / |S and R'_u| sum_{i in S and R'_u} exp(s_i) )
 *
 * Over the draws that hold an item of R'_u the mean of the estimate of E is E. Without B_u its logarithm is far too low: a hundred
 * items hold nearly all of E, and a draw misses them (docs/decisions/010). A user of whom none is drawn has B_u alone in that
 * batch. Drawing is ours: no paper has it.
 */
import * as z from "zod";
import { concatenateRows, fromLists, row, rows, type Sequences } from "../dataset/index.ts";
import { add, concat, input, logSumExp, mul, restHead, sub, type Feed, type Tensor } from "../graph/index.ts";
import type { Random } from "../random.ts";
import { feed, feedRows, filledUp, lengthOfList } from "./rows.ts";
import type { FactorStudent, Sides } from "./types.ts";

export const restOptions = {
  rest: z.int().min(0).default(0), // N; 0 is the exact sum
  ranked: z.int().min(0).default(200), // M, where items are drawn
};
type RestOptions = Readonly<{ rest: number; ranked: number }>;

/** M, cut to the catalogue; 0 where nothing is drawn. */
const rankedOf = ({ rest, ranked }: RestOptions, items: number) => (rest === 0 ? 0 : Math.min(ranked, items));

/** What {@link logRest} is fed. */
export class Rest {
  readonly #sides: Pick<Sides<unknown>, "student" | "items">;
  readonly #o: RestOptions;
  readonly #m: number;
  #best: Int32Array = new Int32Array(0); // [U, M], -1 fills up

  constructor(sides: Pick<Sides<unknown>, "student" | "items">, o: RestOptions) {
    [this.#sides, this.#o, this.#m] = [sides, o, rankedOf(o, sides.items)];
  }

  /** Before an epoch. */
  async prepare(): Promise<void> {
    if (this.#m > 0) this.#best = await this.#sides.student.top(this.#m, { unseen: true });
  }

  /** @param closed [B, *] see rows.ts */
  feeds(closed: Sequences, users: Int32Array, random: Random): Record<string, Feed> {
    const { items } = this.#sides;
    if (this.#o.rest === 0) return { "rest.closed": filledUp(closed, (b) => row(closed, b)[0] ?? 0) }; // with an item that is in it
    const drawn = random.sample(items, this.#o.rest);
    if (this.#m === 0) return drawnFeeds(closed, items, drawn);
    const best = feedRows(this.#best, this.#m, users);
    const known = concatenateRows(closed, withoutEnds(best));
    return { ...rankedFeeds(closed, best, items), ...drawnFeeds(known, items, drawn) };
  }
}

/** The rows of a table [B, M], up to where they are filled up. */
function withoutEnds({ data, shape: [n, m] }: Feed): Sequences {
  const table = data as Int32Array;
  const lists = Array.from({ length: n! }, (_, b) => table.subarray(b * m!, (b + 1) * m!));
  return fromLists(lists.map((list) => list.subarray(0, lengthOfList(list))));
}

/** The user's best items [B, M], and 1 for those that are open. */
function rankedFeeds(closed: Sequences, best: Feed, items: number): Record<string, Feed> {
  const [n, m] = best.shape as [number, number];
  const table = best.data as Int32Array;
  const closedFor = new Int32Array(items).fill(-1); // the last row that closed an item
  const keep = new Float32Array(n * m);
  for (let b = 0; b < n; b++) {
    for (const item of row(closed, b)) closedFor[item] = b;
    for (let at = b * m; at < (b + 1) * m; at++) {
      const item = table[at]!;
      keep[at] = Number(item >= 0 && closedFor[item] !== b);
    }
  }
  return {
    "rest.best": feed(
      table.map((item) => Math.max(0, item)),
      n,
      m,
    ),
    "rest.keep": feed(keep, n, m),
  };
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

/** @returns [B, 1] log E @param items of the catalogue */
export function logRest(student: FactorStudent, o: RestOptions, items: number): Tensor {
  const closed = input("rest.closed", ["B", "C"], "int32"); // items, or places among the drawn
  if (o.rest === 0) return student.rest(closed);
  const drawn = student.vectors(input("rest.drawn", [o.rest + 1], "int32")); // [N + 1, D]
  const others = add(restHead(student.user, drawn, closed), input("rest.scale", ["B", 1]));
  const m = rankedOf(o, items);
  if (m === 0) return others;
  const s = student.scores(input("rest.best", ["B", m], "int32"));
  const open = add(s, mul(sub(input("rest.keep", ["B", m]), 1), 1e9));
  return logSumExp(concat([open, others], 1));
}
