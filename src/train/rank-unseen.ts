/** What a scorer ranks: of every user the best items they have not met in training, and the order of those they have. */
import { lengthOf, row, rows, type Sequences } from "../dataset/index.ts";
import { rankByTables, Ranker, scoreByTables, type PerUser, type Scorer } from "../evaluate/index.ts";

/** Arrays as in a state of the `trajectory` signal. */
export interface Rankings {
  readonly lists: Int32Array; // [U, k]
  readonly own: Int32Array; // aligned with train.items
}

/**
 * Ranks from training histories. Users who are not asked for, or have no training item, get none.
 * @param k at most the size of the catalogue
 * @param ranked users whose k best items or more are known, training items left out: they are not ranked by tables again
 * @throws UserError "input" for a score that is not a number.
 */
export async function rankUnseen(
  scorer: Scorer,
  train: Sequences,
  users: Int32Array,
  k: number,
  ranked?: Pick<PerUser, "userIndex" | "best">,
): Promise<Rankings> {
  const lists = new Int32Array(rows(train) * k).fill(-1);
  const own = new Int32Array(train.items.length).fill(-1);
  const found: Rankings = { lists, own };
  const asked = users.filter((u) => lengthOf(train, u) > 0);
  if (asked.length === 0) return found;
  if (ranked !== undefined) copyLists(ranked, asked, k, lists);
  const rank = scorer.tables === undefined ? rankScores : rankTables;
  const size = scorer.tables === undefined ? Math.max(1, Math.min(256, numbers / scorer.items)) : most;
  const shortestFirst = asked.sort((a, b) => lengthOf(train, a) - lengthOf(train, b) || a - b);
  for (let from = 0; from < asked.length; from += Math.floor(size))
    await rank(scorer, train, shortestFirst.slice(from, from + Math.floor(size)), k, found);
  return found;
}

/** A user who was counted but not ranked has no list yet. */
function copyLists(
  { userIndex, best }: Pick<PerUser, "userIndex" | "best">,
  asked: Int32Array,
  k: number,
  lists: Int32Array,
): void {
  const length = best.length / userIndex.length;
  const place = new Map(Array.from(userIndex, (u, n) => [u, n * length]));
  for (const u of asked) {
    const at = place.get(u);
    if (at !== undefined) lists.set(best.subarray(at, at + k), u * k);
  }
}

/** Scores of a batch: 64 MiB; users of one where they are ranked by tables. */
const [numbers, most] = [2 ** 24, 2 ** 14];

async function rankTables(
  scorer: Scorer,
  train: Sequences,
  users: Int32Array,
  k: number,
  { lists, own }: Rankings,
): Promise<void> {
  const tables = await scorer.tables!(users, historiesOf(train, users));
  users.forEach((u, n) => orderOwn(train, u, (item) => scoreByTables(tables, n, item), own));
  const open = [...users.keys()].filter((n) => lists[users[n]! * k] === -1);
  if (open.length === 0) return;
  const { width } = tables;
  const theirs = new Float32Array(open.length * width);
  open.forEach((n, at) => theirs.set(tables.users.subarray(n * width, (n + 1) * width), at * width));
  const given = { users: Int32Array.from(open, (n) => users[n]!), masked: [train], k };
  const { best } = await rankByTables({ ...given, tables: { ...tables, users: theirs } }, scorer.device);
  given.users.forEach((u, n) => lists.set(best.subarray(n * k, (n + 1) * k), u * k));
}

async function rankScores(
  scorer: Scorer,
  train: Sequences,
  users: Int32Array,
  k: number,
  { lists, own }: Rankings,
): Promise<void> {
  const { items } = scorer;
  const scores = await scorer.score(users, historiesOf(train, users));
  const ranker = new Ranker(items, k);
  const best = new Int32Array(k);
  users.forEach((u, n) => {
    const mine = scores.subarray(n * items, (n + 1) * items);
    ranker.open(u, mine, [row(train, u)]);
    lists.set(best.subarray(0, ranker.top(best)), u * k);
    orderOwn(train, u, (item) => mine[item]!, own);
  });
}

const historiesOf = (train: Sequences, users: Int32Array) => Array.from(users, (u) => row(train, u));

/** Writes the places of a user's training items: the higher score first, equal ones by the smaller item. */
function orderOwn(train: Sequences, u: number, score: (item: number) => number, own: Int32Array): void {
  const history = row(train, u);
  const scored = Array.from(new Set(history), (item) => ({ item, score: score(item) }));
  scored.sort((a, b) => b.score - a.score || a.item - b.item);
  const places = new Map(scored.map(({ item }, place) => [item, place]));
  history.forEach((item, n) => (own[train.offsets[u]! + n] = places.get(item)!));
}
