/**
 * UnKD: pairs in the teacher's order, both items of one popularity group, so that the teacher's popularity bias does not
 * decide which item is the better one.
 * Chen, Chen, Feng, Hu, He, "Unbiased Knowledge Distillation for Recommendation", WSDM 2023, section 4.
 *
 *   s student scores   G groups of items of about equal total popularity   P_g the teacher's `pool` best unseen items of group g
 *
 *   L = mean over `drawn` pairs (i, j) of -log sigmoid(s_i - s_j),   total = base + weight L
 *   i, j two different ranks of one P_g, each with probability prop. to exp(-rank / 20); i the better
 *
 * Popularity is the number of training interactions; items without one are in no group. P_g is found once, pairs are drawn
 * before every epoch, evenly over the groups. A pair of a group with fewer than two candidates is left out of the mean.
 *
 * Differs from the paper: every group has the same share of the pairs, whatever its popularity (lamda = 0, as shipped).
 * Differs from the authors' code (RCE-KD's): a group is cut where the running total passes the next G-th part of all
 * interactions; there groups are filled one after another, their number may differ from G, and a repeated item counts anew (its
 * keys are tensors, which differ although their values do not), so that groups are of file order. -log sigmoid is stable.
 * As there, users are counted by rows.
 */
import * as z from "zod";
import { rows, row, type Sequences } from "../dataset/index.ts";
import { input, mul, softplus, sub, sum, type Feed } from "../graph/index.ts";
import type { Random } from "../random.ts";
import { drawRank } from "./draws.ts";
import { feed, feedRows, lengthOfList } from "./rows.ts";
import type { FactorMethod } from "./types.ts";

const options = z.strictObject({
  weight: z.number().min(0).default(0.5), // lmbda; RCE-KD code, CiteULike MF to MF; all below too
  groups: z.int().min(1).default(2), // G, unkd_group_num; 4 elsewhere
  drawn: z.int().min(1).default(2), // pairs, unkd_n_distill; 30 elsewhere
  pool: z.int().min(2).default(1000), // fixed there; cut to the group
  temperature: z.number().positive().default(20), // of ranks, fixed there
});
type Options = z.output<typeof options>;

/** The pairs of one epoch [U, S]. */
interface Drawn {
  readonly better: Int32Array;
  readonly worse: Int32Array;
  readonly w: Float32Array; // rows sum to 1, or to 0 without a pair
}

export const unkd: FactorMethod<Options> = {
  name: "unkd",
  summary: "pairs of equally popular items in the teacher's order",
  signal: "factors",
  student: "scores",
  options,
  async plan({ teacher, train, users, items: catalogue }, o) {
    const lists: Int32Array[] = []; // [U, P] for each group
    for (const items of popularityGroups(train, catalogue, o.groups))
      lists.push(await teacher.scores.top(Math.min(o.pool, items.length), { unseen: true, items }));
    let drawn: Drawn | undefined;
    return {
      prepare: (random) => Promise.resolve(void (drawn = drawPairs(lists, users, o, random))),
      feeds: ({ users: batch, c }): Record<string, Feed> => ({
        "unkd.better": feedRows(drawn!.better, o.drawn, batch),
        "unkd.worse": feedRows(drawn!.worse, o.drawn, batch),
        "unkd.w": feedRows(drawn!.w, o.drawn, batch),
        "unkd.c": feed(c, batch.length, 1),
      }),
    };
  },
  loss(student, _sizes, o) {
    const scores = (name: string) => student.scores(input(name, ["B", o.drawn], "int32")); // [B, S]
    const wrong = softplus(sub(scores("unkd.worse"), scores("unkd.better"))); // [B, S]
    return mul(sum(mul(input("unkd.c", ["B", 1]), mul(input("unkd.w", ["B", o.drawn]), wrong))), o.weight);
  },
};

/** @returns the items of each group, the most popular group first; at most `groups` of them, none empty. */
export function popularityGroups(train: Sequences, items: number, groups: number): Int32Array[] {
  const popularity = new Int32Array(items);
  for (let u = 0; u < rows(train); u++) for (const item of row(train, u)) popularity[item]!++;
  const order = Int32Array.from(popularity.keys()).sort((a, b) => popularity[b]! - popularity[a]! || a - b);
  const total = popularity.reduce((sum, n) => sum + n, 0);
  const found = Array.from({ length: groups }, (): number[] => []);
  let before = 0;
  for (const item of order) {
    if (popularity[item] === 0) break;
    found[Math.floor((groups * before) / total)]!.push(item);
    before += popularity[item]!;
  }
  return found.filter((group) => group.length > 0).map((group) => Int32Array.from(group));
}

function drawPairs(lists: readonly Int32Array[], users: number, o: Options, random: Random): Drawn {
  const [better, worse] = [new Int32Array(users * o.drawn), new Int32Array(users * o.drawn)];
  const w = new Float32Array(users * o.drawn);
  for (let u = 0; u < users; u++) {
    const first = u * o.drawn;
    let pairs = 0;
    for (let n = 0; n < (lists.length > 0 ? o.drawn : 0); n++) {
      const table = lists[n % lists.length]!;
      const width = table.length / users;
      const list = table.subarray(u * width, (u + 1) * width);
      const length = lengthOfList(list);
      if (length < 2) continue;
      const [a, b] = twoRanks(length, o.temperature, random);
      better[first + pairs] = list[Math.min(a, b)]!;
      worse[first + pairs] = list[Math.max(a, b)]!;
      pairs++;
    }
    w.fill(1 / pairs, first, first + pairs);
  }
  return { better, worse, w };
}

function twoRanks(n: number, temperature: number, random: Random): readonly [number, number] {
  for (;;) {
    const [a, b] = [drawRank(n, temperature, random), drawRank(n, temperature, random)];
    if (a !== b) return [a, b];
  }
}
