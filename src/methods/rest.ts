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
import { fromLists, lengthOf, row, rows, rowsAt, transposed, type Sequences } from "../dataset/index.ts";
import {
  add,
  concat,
  input,
  iota,
  less,
  logSumExp,
  restHead,
  where,
  type Feed,
  type Tensor,
} from "../graph/index.ts";
import type { Random } from "../random.ts";
import { feed, feedRows, filledUp } from "./rows.ts";
import type { FactorStudent, Sides } from "./types.ts";

export const restOptions = {
  rest: z.int().min(0).default(0), // N; 0 is the exact sum
  ranked: z.int().min(0).default(200), // M, where items are drawn
};
type RestOptions = Readonly<{ rest: number; ranked: number }>;

/** Whether no graph goes through the whole catalogue. */
export const isDrawn = ({ rest }: Pick<RestOptions, "rest">): boolean => rest > 0;

/** M, cut to the catalogue; 0 where nothing is drawn. */
const rankedOf = ({ rest, ranked }: RestOptions, items: number) => (rest === 0 ? 0 : Math.min(ranked, items));

/** What {@link logRest} is fed. */
export class Rest {
  readonly #sides: Pick<Sides<unknown>, "student" | "items">;
  readonly #o: RestOptions;
  readonly #m: number;
  #closed: Sequences = { items: new Int32Array(0), offsets: new Int32Array(1) }; // [U, *]
  #ranked: Ranked | undefined;

  constructor(sides: Pick<Sides<unknown>, "student" | "items">, o: RestOptions) {
    [this.#sides, this.#o, this.#m] = [sides, o, rankedOf(o, sides.items)];
  }

  /** Before an epoch. @param closed [U, *] see rows.ts */
  async prepare(closed: Sequences): Promise<void> {
    this.#closed = closed;
    if (this.#o.rest === 0) return;
    const [m, { student, items }] = [this.#m, this.#sides];
    const best = m === 0 ? new Int32Array(0) : await student.top(m, { unseen: true });
    this.#ranked = rankedOpen(closed, best, m, items);
  }

  /** @param spare see FactorPlan */
  feeds(users: Int32Array, random: Random, spare: Readonly<Record<string, Feed>> = {}): Record<string, Feed> {
    if (this.#ranked === undefined) {
      const closed = rowsAt(this.#closed, users);
      return { "rest.closed": filledUp(closed, (b) => row(closed, b)[0] ?? 0) }; // with an item that is in it
    }
    const [m, { items }] = [this.#m, this.#sides];
    const { best, sizes, known, whose } = this.#ranked;
    const drawn = drawnFeeds(known, whose, users, random.sample(items, this.#o.rest));
    if (m === 0) return drawn;
    return {
      ...drawn,
      "rest.best": feedRows(best, m, users, spare["rest.best"]),
      "rest.sizes": feedRows(sizes, 1, users),
    };
  }
}

/** Those of every user's M best items that are open. */
interface Ranked {
  readonly best: Int32Array; // [U, M], item 0 fills up
  readonly sizes: Float32Array; // [U] how many there are
  /** [U, *] closed items and best ones, each once. */
  readonly known: Sequences;
  readonly whose: Sequences; // [I, *] users
}

/** @param ranked [U, M], -1 fills up */
function rankedOpen(closed: Sequences, ranked: Int32Array, m: number, items: number): Ranked {
  const users = rows(closed);
  const [best, sizes] = [new Int32Array(ranked.length), new Float32Array(users)];
  const known = {
    items: new Int32Array(closed.items.length + ranked.length),
    offsets: new Int32Array(users + 1),
  };
  const knownTo = new Int32Array(items).fill(-1); // the last user
  let size = 0;
  for (let u = 0; u < users; u++) {
    for (const item of row(closed, u)) {
      if (knownTo[item] !== u) known.items[size++] = item;
      knownTo[item] = u;
    }
    for (let at = u * m; at < (u + 1) * m && ranked[at]! >= 0; at++) {
      if (knownTo[ranked[at]!] === u) continue;
      best[u * m + sizes[u]!++] = known.items[size++] = ranked[at]!;
    }
    known.offsets[u + 1] = size;
  }
  known.items = known.items.subarray(0, size);
  return { best, sizes, known, whose: transposed(known, items) };
}

/**
 * The drawn items and one of them again, which is closed for everybody, so that rows of closed places may be filled up; and
 * the log of how many open items each of a user's stands for.
 * @param known [U, *] the items that draws do not stand for, each once @param whose them transposed, [I, *] users
 */
export function drawnFeeds(
  known: Sequences,
  whose: Sequences,
  users: Int32Array,
  drawn: Int32Array,
): Record<string, Feed> {
  const [items, n] = [rows(whose), drawn.length];
  const places = Array.from(users, (): number[] => []); // of known items in `drawn`
  const rowOf = new Int32Array(rows(known)).fill(-1);
  users.forEach((u, b) => (rowOf[u] = b));
  drawn.forEach((item, at) => {
    for (const u of row(whose, item)) if (rowOf[u]! >= 0) places[rowOf[u]!]!.push(at);
  });
  const stoodFor = Float32Array.from(users, (u, b) => {
    const left = n - places[b]!.length;
    return left === 0 ? 0 : Math.log((items - lengthOf(known, u)) / left);
  });
  return {
    "rest.drawn": feed(Int32Array.of(...drawn, drawn[0]!), n + 1),
    "rest.closed": filledUp(fromLists(places.map((of) => [...of, n])), () => n),
    "rest.scale": feed(stoodFor, users.length, 1),
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
  const open = less(iota(m), input("rest.sizes", ["B", 1])); // [B, M]
  return logSumExp(concat([where(open, s, -1e9), others], 1));
}
