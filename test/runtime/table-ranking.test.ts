import { describe, expect, it } from "vitest";
import { fromLists, row, type Sequences } from "../../src/dataset/index.ts";
import { rankByTables, scoreByTables } from "../../src/evaluate/index.ts";
import { Random } from "../../src/random.ts";

const onThreads = (threads: number) => ({ provider: "cpu", threads }) as const;

/** Small whole numbers: scores are exact and tie often. */
const table = (rows: number, width: number, random: Random) =>
  Float32Array.from({ length: rows * width }, () => random.integer(5) - 2);

const lists = (rows: number, items: number, most: number, random: Random): Sequences =>
  fromLists(Array.from({ length: rows }, () => random.sample(items, random.integer(most + 1))));

interface Made {
  readonly users: number;
  readonly items: number;
  readonly width: number;
  /** Numbers of a row whose maxima count. */
  readonly wide?: number;
}

function made({ users, items, width, wide = 0 }: Made, seed = 1) {
  const random = new Random(seed);
  const tables = { users: table(users, width, random), items: table(items, width, random), width };
  return {
    tables: wide === 0 ? tables : { ...tables, maxima: table(1, wide, random) },
    users: Int32Array.from({ length: users }, (_, u) => users - 1 - u),
    masked: [lists(users, items, 9, random), lists(users, items, 4, random)],
    targets: lists(users, items, 3, random),
    closed: random.sample(items, 5),
  };
}

/** The definition: all candidates sorted by score, then by item. */
function orderOf({ tables, masked, closed, users: whose }: ReturnType<typeof made>, user: number): number[] {
  const { items, width } = tables;
  const n = whose.indexOf(user);
  const scores = Array.from({ length: items.length / width }, (_, i) => scoreByTables(tables, n, i));
  const taken = new Set([...closed, ...masked.flatMap((part) => Array.from(row(part, user)))]);
  const candidates = [...scores.keys()].filter((i) => !taken.has(i));
  return candidates.sort((a, b) => scores[b]! - scores[a]! || a - b);
}

describe("ranking by tables", () => {
  it("scores are dot products, and weighted maxima of the last numbers", () => {
    const [users, items] = [Float32Array.of(0, 0, 0, 2, 3, -1), Float32Array.of(5, 1, 4, -2, 7, -3)];
    expect(scoreByTables({ users, items, width: 3 }, 1, 1)).toBe(2 * -2 + 3 * 7 + 3);
    const maxima = Float32Array.of(10, 100);
    expect(scoreByTables({ users, items, width: 3, maxima }, 1, 1)).toBe(2 * -2 + 10 * 7 - 100);
  });

  it.each([
    [3, 0],
    [3, 2],
    [40, 0],
    [40, 3],
  ])(
    "gives the lists and ranks of a full sort, masks and ties included (%i numbers, maxima of %i)",
    async (width, wide) => {
      const given = made({ users: 30, items: 500, width, wide });
      for (const k of [1, 20, 60, 500]) {
        const { best, ranks } = await rankByTables({ ...given, k });
        given.users.forEach((user, n) => {
          const order = orderOf(given, user);
          const filled = [...order, ...new Array<number>(500).fill(-1)].slice(0, k);
          expect(Array.from(best.subarray(n * k, (n + 1) * k))).toEqual(filled);
          const expected = Array.from(row(given.targets, user), (item) => order.indexOf(item) + 1);
          expect(Array.from(row(ranks, n))).toEqual(expected);
        });
      }
    },
  );

  it.each([
    [64, 0],
    [64, 31],
    [32, 0],
  ])("gives the same on one, two and three threads (%i numbers, maxima of %i)", async (width, wide) => {
    const given = { ...made({ users: 900, items: (1500 * 64) / width, width, wide }), k: 50 };
    const alone = await rankByTables(given, onThreads(1));
    expect(Array.from(alone.best.subarray(0, 50))).toEqual(orderOf(given, given.users[0]!).slice(0, 50));
    for (const threads of [2, 3]) expect(await rankByTables(given, onThreads(threads))).toEqual(alone);
  });

  it("complains of a score that is not a number, whichever thread meets it", async () => {
    const given = { ...made({ users: 900, items: 1500, width: 64 }), k: 1 };
    given.tables.users[64 * given.users.indexOf(7)] = NaN;
    for (const threads of [1, 2])
      await expect(rankByTables(given, onThreads(threads))).rejects.toThrow(
        "the model's score of item 0 for user 7: expected a number, got NaN. Train the model again",
      );
  });
});
