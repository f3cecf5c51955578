/** What a scorer ranks: of every user the best items they have not met in training, and the order of those they have. */
import { lengthOf, row, rows, type Sequences } from "../dataset/index.ts";
import { rankByTables, Ranker, type Scorer } from "../evaluate/index.ts";

/** Arrays as in a state of the `trajectory` signal. */
export interface Rankings {
  readonly lists: Int32Array; // [U, k]
  readonly own: Int32Array; // aligned with train.items
}

/**
 * Ranks from training histories. Users who are not asked for, or have no training item, get none.
 * @param k at most the size of the catalogue
 * @throws UserError "input" for a score that is not a number.
 */
export async function rankUnseen(
  scorer: Scorer,
  train: Sequences,
  users: Int32Array,
  k: number,
): Promise<Rankings> {
  const lists = new Int32Array(rows(train) * k).fill(-1);
  const own = new Int32Array(train.items.length).fill(-1);
  const found: Rankings = { lists, own };
  const asked = users.filter((u) => lengthOf(train, u) > 0);
  if (asked.length === 0) return found;
  const tables = scorer.tables?.();
  if (tables === undefined) await rankBatches(scorer, train, asked, k, found);
  else await rankTables(tables, train, asked, k, found);
  return found;
}

async function rankTables(
  { tables, device }: ReturnType<NonNullable<Scorer["tables"]>>,
  train: Sequences,
  users: Int32Array,
  k: number,
  { lists, own }: Rankings,
): Promise<void> {
  const { best } = await rankByTables({ tables, users, masked: [train], k }, device);
  const { width } = tables;
  users.forEach((u, n) => {
    lists.set(best.subarray(n * k, (n + 1) * k), u * k);
    const user = tables.users.subarray(u * width, (u + 1) * width);
    const score = (item: number) => user.reduce((sum, x, d) => sum + x * tables.items[item * width + d]!, 0);
    orderOwn(train, u, score, own);
  });
}

/** Scores of a batch: 64 MiB. */
const batchNumbers = 2 ** 24;

async function rankBatches(
  scorer: Scorer,
  train: Sequences,
  users: Int32Array,
  k: number,
  { lists, own }: Rankings,
): Promise<void> {
  const { items } = scorer;
  const ranker = new Ranker(items, k);
  const best = new Int32Array(k);
  const size = Math.max(1, Math.min(256, Math.floor(batchNumbers / items)));
  const shortestFirst = Int32Array.from(users).sort(
    (a, b) => lengthOf(train, a) - lengthOf(train, b) || a - b,
  );
  for (let from = 0; from < users.length; from += size) {
    const batch = shortestFirst.slice(from, from + size);
    const scores = await scorer.score(
      batch,
      Array.from(batch, (u) => row(train, u)),
    );
    batch.forEach((u, b) => {
      const mine = scores.subarray(b * items, (b + 1) * items);
      ranker.open(u, mine, [row(train, u)]);
      lists.set(best.subarray(0, ranker.top(best)), u * k);
      orderOwn(train, u, (item) => mine[item]!, own);
    });
  }
}

/** Writes the places of a user's training items: the higher score first, equal ones by the smaller item. */
function orderOwn(train: Sequences, u: number, score: (item: number) => number, own: Int32Array): void {
  const history = row(train, u);
  const scored = Array.from(new Set(history), (item) => ({ item, score: score(item) }));
  scored.sort((a, b) => b.score - a.score || a.item - b.item);
  const places = new Map(scored.map(({ item }, place) => [item, place]));
  history.forEach((item, n) => (own[train.offsets[u]! + n] = places.get(item)!));
}
